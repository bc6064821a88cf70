pytest_plugins = ["tests.fixtures", "tests.figures", "tests.wire", "tests.timelimit"]
