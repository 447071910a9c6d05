"""Many rows get their own values: of every kind that is written so, and no others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from conftest import MakeDevice
from core.many import update_each
from customers.models import Customer
from devices.models import Device


def test_each_row_gets_its_own_values(acme: Customer, make_device: MakeDevice) -> None:
    rows = [make_device(acme, f"r{number}") for number in range(3)]
    now = timezone.now()
    for number, row in enumerate(rows[:2]):
        row.reachability = "reachable" if number else "unreachable"
        row.reachability_at = now - timedelta(hours=number)
        row.latency_ms = 2.5 * number if number else None
        row.connection_options = {"word": f"é\"'%s {number}", "list": [number, None]}
        row.hostname = "not written"
    names = ["reachability", "reachability_at", "latency_ms", "connection_options"]
    update_each(rows[:2], names)
    found: list[Any] = list(Device.objects.order_by("pk").values_list("hostname", *names))
    assert found == [
        ("r0", "unreachable", now, None, {"word": "é\"'%s 0", "list": [0, None]}),
        ("r1", "reachable", now - timedelta(hours=1), 2.5, {"word": "é\"'%s 1", "list": [1, None]}),
        ("r2", "unknown", None, None, {}),
    ]


def test_no_rows_are_no_statement(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        update_each([], ["hostname"])
