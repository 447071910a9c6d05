"""What the page of a device's reachability shows of the chosen range."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from devices.models import Device
from monitoring.models import ReachabilityCheck
from monitoring.selectors import Point, Totals, checks_of, points, totals
from ui.paging import counted_page
from ui.scope import user_of

RANGES = {
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
COLUMNS = ("at", "tcp_min_ms", "tcp_max_ms", "tcp_avg_ms", "icmp_avg_ms", "tcp_loss", "icmp_loss")
"""Of the chart, as static/js/reachability-chart.js reads them."""


def chosen_range(request: HttpRequest) -> str:
    given = request.GET.get("range", "")
    return given if given in RANGES else next(iter(RANGES))


def _span(request: HttpRequest) -> tuple[datetime, datetime]:
    now = timezone.now()
    return now - RANGES[chosen_range(request)][1], now


def _in_range(request: HttpRequest, device: Device) -> QuerySet[ReachabilityCheck]:
    since, until = _span(request)
    return checks_of(user_of(request), device).filter(checked_at__gte=since, checked_at__lt=until)


def table(request: HttpRequest, device: Device) -> dict[str, Any]:
    """A page of the checks, newest first."""
    rows = _in_range(request, device)
    return {"page": counted_page(rows, rows.order_by(), request.GET), "range": chosen_range(request)}


def history(request: HttpRequest, device: Device) -> dict[str, Any]:
    """The last check, the range taken together, and its chart."""
    since, until = _span(request)
    checks = checks_of(user_of(request), device)
    words = RANGES[chosen_range(request)][0]
    found = totals(_in_range(request, device))
    return {
        "last": checks.first(),
        "totals": found,
        "ranges": [(key, label, key == chosen_range(request)) for key, (label, _) in RANGES.items()],
        "range_words": words,
        "chart": chart(points(checks, since, until), since, until),
        "chart_words": _in_words(found, words) if found.checks else "",
    }


def chart(found: Sequence[Point], since: datetime, until: datetime) -> str:
    """JSON: the range's ends in Unix time, and a list for each of COLUMNS."""
    columns = [[_short(getattr(point, name)) for point in found] for name in COLUMNS]
    return json.dumps([int(since.timestamp()), int(until.timestamp()), columns], separators=(",", ":"))


def _short(value: float | None) -> float | None:
    return round(value, 2) if isinstance(value, float) else value


def _in_words(found: Totals, words: str) -> str:
    """The chart for those who cannot see it."""
    told = [f"Checks in {words}: {found.checks:,}, of which {found.availability:g} % found the device reachable"]
    if found.tcp_avg_ms is not None:
        told.append(f"TCP {found.tcp_min_ms:.1f} to {found.tcp_max_ms:.1f} ms, {found.tcp_avg_ms:.1f} ms on average")
    return ". ".join([*told, "The table below has each check."])
