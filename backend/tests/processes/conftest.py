"""An installation of its own: data, database and processes that end with the test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    quick = {"WEBNET_LOST_AFTER": "8", "WEBNET_RESEND_AFTER": "3", "WEBNET_THREADS": "5"}
    made = Installation(tmp_path, embedded="TEST_DATABASE_URL" not in os.environ, **quick)
    try:
        yield made
    finally:
        made.stop()


PATIENCE = 4
"""A worker's priority is below all else, so beside busy tests its work takes several times as long as alone."""


def wait_until(check: Callable[[], Any], seconds: float, what: str) -> Any:
    """Poll until the check gives something; fails with words. `seconds`: long enough on a machine with nothing else."""
    deadline = time.monotonic() + PATIENCE * seconds
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.1)
    pytest.fail(f"after {PATIENCE * seconds} s still not: {what}")
