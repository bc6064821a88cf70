pytest_plugins = [
    "tests.fixtures",
    "tests.endpoints",
    "tests.figures",
    "tests.wire",
    "tests.timelimit",
]
