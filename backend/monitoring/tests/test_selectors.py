"""A range of the history as few points, and what a user sees of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from devices.models import Device
from monitoring.models import ReachabilityCheck
from monitoring.selectors import MOST_POINTS, checks_of, points, reachability_checks_for, totals
from monitoring.tests.conftest import MakeCheck, check_of
from users.models import User

UNTIL = datetime(2026, 3, 1, 12, tzinfo=timezone.get_default_timezone())
DAY = timedelta(days=1)


def test_user_sees_checks_of_the_own_customers(
    viewer: User, stranger: User, device: Device, foreign_device: Device, make_check: MakeCheck
) -> None:
    mine, theirs = make_check(device, UNTIL), make_check(foreign_device, UNTIL)
    assert [*reachability_checks_for(viewer)] == [mine]
    assert [*reachability_checks_for(stranger)] == [theirs]
    assert not checks_of(viewer, foreign_device).exists()


def test_few_checks_are_a_point_each(viewer: User, device: Device, make_check: MakeCheck) -> None:
    for minutes, value in ((60, 3.0), (40, None), (20, 5.0)):
        make_check(device, UNTIL - timedelta(minutes=minutes), value)
    found = points(checks_of(viewer, device), UNTIL - DAY, UNTIL)
    assert [(UNTIL.timestamp() - point.at) / 60 for point in found] == [60, 40, 20]
    assert [point.tcp_avg_ms for point in found] == [3.0, None, 5.0]
    assert [point.tcp_loss for point in found] == [0.0, 100.0, 0.0]
    assert [point.icmp_loss for point in found] == [None, None, None]


def test_many_checks_are_thinned_to_min_avg_and_max(viewer: User, device: Device) -> None:
    """One a minute over a day; each bucket is of four minutes."""
    ReachabilityCheck.objects.bulk_create(
        check_of(
            device, UNTIL - timedelta(minutes=minute), float(minute % 4 + 1),
            icmp_sent=4, icmp_lost=1, icmp_min_ms=1, icmp_avg_ms=2, icmp_max_ms=3,
        )
        for minute in range(1, 1441)
    )  # fmt: skip
    found = points(checks_of(viewer, device), UNTIL - DAY, UNTIL)
    assert len(found) == MOST_POINTS
    assert sum(point.checks for point in found) == 1440
    assert {(point.tcp_min_ms, point.tcp_avg_ms, point.tcp_max_ms) for point in found} == {(1.0, 2.5, 4.0)}
    assert {(point.tcp_loss, point.icmp_avg_ms, point.icmp_loss) for point in found} == {(0.0, 2.0, 25.0)}
    assert [point.at for point in found] == sorted(point.at for point in found)


def test_bucket_with_one_outage_has_latency_and_loss(viewer: User, device: Device, make_check: MakeCheck) -> None:
    for second, value in ((30, 4.0), (60, None)):
        make_check(device, UNTIL - timedelta(hours=1) + timedelta(seconds=second), value)
    [point] = points(checks_of(viewer, device), UNTIL - DAY, UNTIL)
    assert (point.checks, point.tcp_avg_ms, point.tcp_loss) == (2, 4.0, 50.0)


def test_time_without_checks_is_a_pause_between_points(viewer: User, device: Device, make_check: MakeCheck) -> None:
    hours = (20, 19, 18, 6, 5)
    for hour in hours:
        make_check(device, UNTIL - timedelta(hours=hour))
    found = points(checks_of(viewer, device), UNTIL - DAY, UNTIL)
    assert [(UNTIL.timestamp() - point.at) / 3600 for point in found] == [20, 19, 18, 12, 6, 5]
    assert [point.checks for point in found] == [1, 1, 1, 0, 1, 1]


def test_range_has_its_beginning_and_not_its_end(viewer: User, device: Device, make_check: MakeCheck) -> None:
    for at in (UNTIL - DAY - timedelta(seconds=1), UNTIL - DAY, UNTIL):
        make_check(device, at)
    found = points(checks_of(viewer, device), UNTIL - DAY, UNTIL)
    assert [point.at for point in found] == [int((UNTIL - DAY).timestamp())]
    assert points(checks_of(viewer, device), UNTIL - 9 * DAY, UNTIL - 8 * DAY) == []


def test_totals(viewer: User, device: Device, make_check: MakeCheck) -> None:
    make_check(device, UNTIL, 1.0)
    make_check(device, UNTIL, 3.0, tcp_lost=1, icmp_sent=2, icmp_lost=1, icmp_avg_ms=0.5)
    make_check(device, UNTIL, None)
    found = totals(checks_of(viewer, device))
    assert (found.checks, found.reachable, found.availability) == (3, 2, 66.7)
    assert (found.tcp_min_ms, found.tcp_avg_ms, found.tcp_max_ms, found.tcp_loss) == (1.0, 2.0, 3.0, 44.4)
    assert (found.icmp_avg_ms, found.icmp_loss) == (0.5, 50.0)


def test_totals_of_nothing(viewer: User, device: Device) -> None:
    found = totals(checks_of(viewer, device))
    assert (found.checks, found.availability, found.tcp_avg_ms, found.tcp_loss) == (0, None, None, None)


@pytest.mark.parametrize("number", [1, 3])
def test_points_are_one_query(
    viewer: User, device: Device, make_check: MakeCheck, number: int, django_assert_num_queries: Any
) -> None:
    for minutes in range(number):
        make_check(device, UNTIL - timedelta(minutes=10 * minutes + 1))
    rows = checks_of(viewer, device)
    with django_assert_num_queries(1):
        assert len(points(rows, UNTIL - DAY, UNTIL)) == number
