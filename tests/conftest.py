"""Leave out tests that need R or a browser where it is missing; with ERM_BRIDGE_TEST_ALL=1 that fails."""

import importlib.util
import os
import shutil
from collections.abc import Generator, Sequence

import pytest

NOTHING_LEFT_OUT = os.environ.get("ERM_BRIDGE_TEST_ALL") == "1"
deselected: list[str] = []


def what_r_lacks() -> str | None:
    """What is missing for tests with R, found without starting it."""
    if not (os.environ.get("R_HOME") or shutil.which("R")):
        return "R is not installed"
    if importlib.util.find_spec("rpy2") is None:
        return "rpy2 is not installed"
    return None


def what_a_browser_lacks() -> str | None:
    """What is missing for tests in a browser, found without starting it."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return None if shutil.which("chromium") else "chromium is not installed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if NOTHING_LEFT_OUT:
        return
    for marker, lacking in (("r", what_r_lacks()), ("browser", what_a_browser_lacks())):
        for item in items:
            if lacking and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=lacking))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    deselected.extend(item.nodeid for item in items)


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure; an expected failure (xfail) is not a skip."""
    if NOTHING_LEFT_OUT and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"ERM_BRIDGE_TEST_ALL=1 allows no skip: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    if NOTHING_LEFT_OUT and deselected and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NOTHING_LEFT_OUT and deselected:
        terminalreporter.section("left out although ERM_BRIDGE_TEST_ALL=1", red=True)
        terminalreporter.write_line("\n".join(deselected))
