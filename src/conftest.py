pytest_plugins = ["tests.fixtures", "tests.probe_fixtures", "tests.timelimit"]
