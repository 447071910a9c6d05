"""The page of a device's reachability: its state, the range, the chart's data, and the table of checks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from devices.models import Device
from monitoring.tests.conftest import check_of
from ui.monitoring.history import COLUMNS
from users.models import User


@pytest.fixture
def client(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


def address(device: Device, query: str = "") -> str:
    return reverse("ui:device_reachability", args=[device.pk]) + query


def test_device_that_was_never_checked_says_so(client: Client, device: Device) -> None:
    text = client.get(address(device)).content.decode()
    assert "never been checked" in text
    assert "data-reachability-chart" not in text


def test_chart_has_a_gap_and_full_loss_where_nothing_answered(client: Client, device: Device) -> None:
    now = timezone.now()
    for minutes, value in ((50, 4.0), (30, None), (10, 2.5)):
        check_of(device, now - timedelta(minutes=minutes), value, icmp_sent=3).save()
    answer = client.get(address(device))
    since, until, columns = json.loads(answer.context["chart"])
    assert until - since == 24 * 3600
    shown = dict(zip(COLUMNS, columns, strict=True))
    assert shown["tcp_avg_ms"] == [4.0, None, 2.5]
    assert shown["tcp_loss"] == [0.0, 100.0, 0.0]
    assert shown["icmp_loss"] == [0.0, 0.0, 0.0]
    assert all(since <= at < until for at in shown["at"])
    text = answer.content.decode()
    assert f'data-reachability-chart="{escape(answer.context["chart"])}"' in text
    assert "66.7 %" in text
    assert "Checks in 24 hours: 3, of which 66.7 % found the device reachable. TCP 2.5 to 4.0 ms" in text


@pytest.mark.parametrize(("query", "shown"), [("", 1), ("?range=24h", 1), ("?range=7d", 2), ("?range=30d", 3)])
def test_range_is_chosen(client: Client, device: Device, query: str, shown: int) -> None:
    for days in (0.5, 6, 29, 31):
        check_of(device, timezone.now() - timedelta(days=days)).save()
    answer = client.get(address(device, query))
    assert answer.context["page"].paginator.count == answer.context["totals"].checks == shown


@pytest.mark.parametrize("query", ["?range=1y", "?range=", "?page=99999999999", "?page=-1&size=x"])
def test_what_means_nothing_is_the_default(client: Client, device: Device, query: str) -> None:
    check_of(device, timezone.now()).save()
    answer = client.get(address(device, query))
    assert (answer.status_code, answer.context["range"], len(answer.context["page"])) == (200, "24h", 1)


def test_time_without_a_check_says_so(client: Client, device: Device) -> None:
    check_of(device, timezone.now() - timedelta(days=3), None).save()
    text = client.get(address(device)).content.decode()
    assert "No check in this time" in text
    assert "The last check failed" in text
    assert "data-reachability-chart" not in text


def test_table_alone_for_a_fragment(client: Client, device: Device) -> None:
    for minutes in range(60):
        check_of(device, timezone.now() - timedelta(minutes=minutes)).save()
    text = client.get(address(device, "?page=2"), headers={"HX-Request": "true"}).content.decode()
    assert text.count("<tr>") == 1 + 10
    assert "data-reachability-chart" not in text
    assert "<html" not in text


def test_reason_is_text(client: Client, device: Device) -> None:
    check_of(device, timezone.now(), None, reason="<b>not</b> there").save()
    text = client.get(address(device)).content.decode()
    assert "&lt;b&gt;not&lt;/b&gt; there" in text
    assert "<b>not</b>" not in text


def test_other_customers_device_is_not_there(client: Client, foreign_device: Device) -> None:
    assert client.get(address(foreign_device)).status_code == 404


def test_page_asks_the_database_as_often_for_few_checks_as_for_many(client: Client, device: Device) -> None:
    asked = []
    for minutes in range(1, 4):
        check_of(device, timezone.now() - timedelta(minutes=10 * minutes)).save()
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(address(device)).context["page"]) == minutes
        asked.append(len(queries))
    assert len(set(asked)) == 1
