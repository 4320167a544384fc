"""In CI a test that needs a peer and skips has failed."""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.get_closest_marker("peer") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"CI must not skip its peers: {call.excinfo.value if call.excinfo else ''}"
    return report
