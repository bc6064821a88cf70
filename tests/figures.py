"""Figures that a test measures, for whoever reads the run."""

from collections.abc import Callable

import pytest

_NAME = "figures"


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a line of figures at the end of the run, however quiet it is."""
    # Properties travel with the test's report, whichever process it runs in.
    properties = request.node.user_properties
    return lambda line: properties.append((_NAME, f"{request.node.name}: {line}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [each for reports in terminalreporter.stats.values() for each in reports]
    lines = [
        line
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, line in report.user_properties
        if name == _NAME
    ]
    if lines:
        terminalreporter.section("figures")
    for line in lines:
        terminalreporter.write_line(line)
