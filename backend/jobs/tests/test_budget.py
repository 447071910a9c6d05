"""The connect rate holds over all runs that share a budget."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest

from jobs.budget import ConnectLimit
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def moments(names: tuple[str, ...], count: int) -> list[float]:
    """When one run may make its next connects, on the clock of this machine."""
    limit = ConnectLimit()
    return [time.monotonic() + limit.wait_s(names) for _ in range(count)]


def most_in_a_second(times: list[float]) -> int:
    times = sorted(times)
    return max(sum(1 for other in times if at <= other < at + 1) for at in times)


def test_two_runs_at_once_share_the_rate(settings: Any) -> None:
    settings.JOBS_CONNECTS_PER_SECOND = 20
    run = partial(moments, ("site:1",), 60)
    times = [at for run in at_once(run, run) for at in run]
    assert len(times) == 120
    # what a run took for itself is counted in tenths of a second
    assert most_in_a_second(times) <= 20 + 2 * 2
    assert 5.0 <= max(times) - min(times) <= 6.5


def test_latest_of_all_budgets_decides(settings: Any) -> None:
    settings.JOBS_CONNECTS_PER_SECOND = 10
    for _ in range(3):
        moments(("credential:1",), 10)
    began = time.monotonic()
    assert min(moments(("site:1", "credential:1"), 5)) - began > 2


def test_other_names_are_not_held_up(settings: Any) -> None:
    settings.JOBS_CONNECTS_PER_SECOND = 10
    moments(("site:1",), 100)
    began = time.monotonic()
    assert moments(("site:2",), 1)[0] - began < 1


def test_time_that_nobody_used_is_not_saved_up(settings: Any) -> None:
    from jobs.models import ConnectBudget

    settings.JOBS_CONNECTS_PER_SECOND = 10
    moments(("site:1",), 1)
    ConnectBudget.objects.update(next_at=0)
    assert most_in_a_second(moments(("site:1",), 40)) <= 11


@pytest.mark.parametrize(("rate", "names"), [(0, ("site:1",)), (50, ())])
def test_no_limit_no_wait(settings: Any, rate: int, names: tuple[str, ...]) -> None:
    settings.JOBS_CONNECTS_PER_SECOND = rate
    assert {ConnectLimit().wait_s(names) for _ in range(100)} == {0.0}


def test_rate_below_ten_is_held_too(settings: Any) -> None:
    settings.JOBS_CONNECTS_PER_SECOND = 2
    times = moments(("site:1",), 6)
    assert most_in_a_second(times) <= 3
    assert times[-1] - times[0] >= 2.4
