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
    quick = {"WEBNET_LOST_AFTER": "4", "WEBNET_RESEND_AFTER": "3", "WEBNET_THREADS": "5"}
    made = Installation(tmp_path, embedded="TEST_DATABASE_URL" not in os.environ, **quick)
    try:
        yield made
    finally:
        made.stop()


def wait_until(check: Callable[[], Any], seconds: float, what: str) -> Any:
    """Poll until the check gives something; fails with words."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.1)
    pytest.fail(f"after {seconds} s still not: {what}")
