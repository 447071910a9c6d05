"""What a user sees of the history of reachability, and a range of it as few points as a chart can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Avg, BigIntegerField, Count, Func, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from devices.enums import Reachability
from devices.models import Device
from monitoring.models import ReachabilityCheck, percent
from users.models import User
from users.selectors import visible

MOST_POINTS = 360
"""Of a chart: more than it has pixels to tell apart would only be slower."""
PAUSE = 3
"""After so many times the usual distance between two checks, nothing is known of what lies between them."""


def reachability_checks_for(user: User) -> QuerySet[ReachabilityCheck]:
    return visible(ReachabilityCheck.objects.all(), user)


def checks_of(user: User, device: Device | int) -> QuerySet[ReachabilityCheck]:
    """A device's checks, newest first."""
    return reachability_checks_for(user).filter(device=device).order_by("-checked_at", "-pk")


@dataclass(frozen=True, slots=True)
class Totals:
    """A number of checks taken together; loss in percent of all probes."""

    checks: int
    reachable: int
    tcp_min_ms: float | None
    tcp_avg_ms: float | None
    tcp_max_ms: float | None
    tcp_loss: float | None
    icmp_avg_ms: float | None
    icmp_loss: float | None

    @property
    def availability(self) -> float | None:
        """Percent of the checks that found the device reachable."""
        return percent(self.reachable, self.checks)


@dataclass(frozen=True, slots=True)
class Point:
    """The checks of one bucket of time; `at` is Unix time. One without a check is a pause, in which nothing is known.

    `tcp_loss` and `icmp_loss` are percent.
    """

    at: int
    checks: int = 0
    tcp_min_ms: float | None = None
    tcp_avg_ms: float | None = None
    tcp_max_ms: float | None = None
    tcp_loss: float | None = None
    icmp_avg_ms: float | None = None
    icmp_loss: float | None = None


class BucketNumber(Func):
    """How many times `seconds` the moment lies after the beginning of Unix time."""

    arity = 1
    output_field = BigIntegerField()

    def __init__(self, column: str, seconds: int) -> None:
        super().__init__(column, seconds=int(seconds))

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / %(seconds)s)::bigint"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(seconds)s"
        return self.as_sql(compiler, connection, template=template, **extra)


_SUMS: dict[str, Any] = {
    "checks": Count("pk"),
    "tcp_min_ms": Min("tcp_min_ms"),
    "tcp_avg_ms": Avg("tcp_avg_ms"),
    "tcp_max_ms": Max("tcp_max_ms"),
    "icmp_avg_ms": Avg("icmp_avg_ms"),
    **{f"{name}_{what}": Coalesce(Sum(f"{name}_{what}"), 0) for name in ("tcp", "icmp") for what in ("sent", "lost")},
}


def totals(checks: QuerySet[ReachabilityCheck]) -> Totals:
    found = checks.order_by().aggregate(reachable=Count("pk", filter=Q(state=Reachability.REACHABLE)), **_SUMS)
    return Totals(**_with_loss(found))


def points(checks: QuerySet[ReachabilityCheck], since: datetime, until: datetime) -> list[Point]:
    """The checks of a range as at most `MOST_POINTS` points in order, and a pause between such as lie far apart."""
    seconds = max(1, -(-int((until - since).total_seconds()) // MOST_POINTS))
    rows = checks.filter(checked_at__gte=since, checked_at__lt=until).order_by()
    grouped = rows.values(bucket=BucketNumber("checked_at", seconds)).annotate(first=Min("checked_at"), **_SUMS)
    found = [_point(dict(row)) for row in grouped.order_by("bucket")]
    return _with_pauses(found, seconds)


def _point(row: dict[str, Any]) -> Point:
    del row["bucket"]
    return Point(at=int(row.pop("first").timestamp()), **_with_loss(row))


def _with_loss(row: dict[str, Any]) -> dict[str, Any]:
    """The sums without the counts of probes, of which the shares are wanted."""
    counts = {name: row.pop(name) for name in ("tcp_sent", "tcp_lost", "icmp_sent", "icmp_lost")}
    return row | {f"{name}_loss": percent(counts[f"{name}_lost"], counts[f"{name}_sent"]) for name in ("tcp", "icmp")}


def _with_pauses(found: list[Point], seconds: int) -> list[Point]:
    steps = sorted(after.at - before.at for before, after in pairwise(found))
    if not steps:
        return found
    longest = PAUSE * max(seconds, steps[len(steps) // 2])
    told = found[:1]
    for point in found[1:]:
        if point.at - told[-1].at > longest:
            told.append(Point((told[-1].at + point.at) // 2))
        told.append(point)
    return told
