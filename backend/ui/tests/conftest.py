"""Fixtures of the tests of pages and sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.reading import close_all
from ui.tests.sockets import Daphne


@pytest.fixture(scope="session", autouse=True)
def _nothing_outlives_the_tests(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that a thread is still connected to."""
    yield
    Daphne.stop()
    close_all()
