"""Histories of reachability to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from devices.models import Device
from monitoring.models import ReachabilityCheck

MakeCheck = Callable[..., ReachabilityCheck]


def check_of(device: Device, at: datetime, tcp_ms: float | None = 2.0, **fields: Any) -> ReachabilityCheck:
    """One check that got every answer in `tcp_ms`, or none; not saved."""
    values: dict[str, Any] = {
        "state": "unreachable" if tcp_ms is None else "reachable",
        "tcp_sent": 3, "tcp_lost": 3 if tcp_ms is None else 0,
        "tcp_min_ms": tcp_ms, "tcp_avg_ms": tcp_ms, "tcp_max_ms": tcp_ms,
        "icmp_sent": 0, "icmp_lost": 0,
        "reason": "no TCP connection: connection refused" if tcp_ms is None else "",
    }  # fmt: skip
    return ReachabilityCheck(customer_id=device.customer_id, device=device, checked_at=at, **values | fields)


@pytest.fixture
def make_check(db: None) -> MakeCheck:
    """`make_check(device, at, 2.5)`; None in place of the latency is no answer."""

    def make(*args: Any, **fields: Any) -> ReachabilityCheck:
        check = check_of(*args, **fields)
        check.save()
        return check

    return make
