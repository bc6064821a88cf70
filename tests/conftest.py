import gc

pytest_plugins = [
    "tests.fixtures",
    "tests.endpoints",
    "tests.figures",
    "tests.wire",
    "tests.timelimit",
]


def pytest_collection_finish() -> None:
    """What was imported stays: to look through it for garbage takes a twentieth of the time of all tests."""
    gc.freeze()
