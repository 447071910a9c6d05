"""The scheduler does what is due, and goes on after a failure."""

from __future__ import annotations

import threading
import time

import pytest

from core.services import alive
from webnet import scheduler

pytestmark = pytest.mark.django_db(transaction=True)


def run_until_true(check: object) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=scheduler.run_until, args=(stop,))
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not check() and time.monotonic() < deadline:  # type: ignore[operator]
            time.sleep(0.05)
        assert check()  # type: ignore[operator]
    finally:
        stop.set()
        thread.join()


def test_scheduler_shows_that_it_lives() -> None:
    run_until_true(lambda: alive("beat") == 1)


def test_work_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise ValueError("a bug")

    monkeypatch.setattr(scheduler, "periodic", lambda: [(0.1, fail)])
    run_until_true(lambda: len(calls) >= 2)
