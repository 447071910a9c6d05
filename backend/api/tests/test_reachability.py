"""A device's reachability over the API: each check, filters by time and state, cursors, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from devices.models import Device
from jobs.models import Job
from monitoring.tests.conftest import check_of
from users.models import User

As = Callable[[User], APIClient]
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.get_default_timezone())


def address(device: Device, rest: str = "") -> str:
    return f"/api/v1/devices/{device.pk}/reachability/{rest}"


@pytest.fixture
def history(device: Device, foreign_device: Device, make_job: Callable[..., Job], operator: User) -> Job:
    """Three checks an hour apart, the one in the middle without an answer and of the job that is returned."""
    job = make_job(operator, [device], kind="reachability")
    check_of(device, NOON, 2.0, icmp_sent=3, icmp_lost=1, icmp_avg_ms=0.5).save()
    check_of(device, NOON + timedelta(hours=1), None, job=job).save()
    check_of(device, NOON + timedelta(hours=2), 4.0).save()
    check_of(foreign_device, NOON, 9.0).save()
    return job


def test_checks_are_listed_newest_first(history: Job, device: Device, viewer: User, as_: As) -> None:
    found = as_(viewer).get(address(device)).json()
    assert found["count"] == 3
    newest, dark, oldest = found["results"]
    assert [row["tcp_avg_ms"] for row in (newest, dark, oldest)] == [4.0, None, 2.0]
    assert (dark["state"], dark["job"], dark["tcp_loss"]) == ("unreachable", history.pk, 100.0)
    assert dark["reason"] == "no TCP connection: connection refused"
    assert (oldest["icmp_sent"], oldest["icmp_lost"], oldest["icmp_loss"], oldest["icmp_avg_ms"]) == (3, 1, 33.3, 0.5)
    assert (newest["icmp_sent"], newest["icmp_loss"], newest["job"]) == (0, None, None)
    assert newest["checked_at"] == "2026-03-01T14:00:00Z"


@pytest.mark.parametrize(
    ("query", "latencies"),
    [
        ("state=unreachable", [None]),
        ("state=reachable", [4.0, 2.0]),
        ("since=2026-03-01T13:00:00Z", [4.0, None]),
        ("until=2026-03-01T13:00:00Z", [2.0]),
        (f"since={quote('2026-03-01T14:30:00+01:00')}&until=2026-03-01T14:00:00Z", []),
        ("ordering=checked_at", [2.0, None, 4.0]),
    ],
)
def test_checks_are_filtered(
    history: Job, device: Device, viewer: User, as_: As, query: str, latencies: list[float | None]
) -> None:
    found = as_(viewer).get(address(device, f"?{query}")).json()
    assert [row["tcp_avg_ms"] for row in found["results"]] == latencies


def test_checks_of_a_job(history: Job, device: Device, viewer: User, as_: As) -> None:
    [row] = as_(viewer).get(address(device, f"?job={history.pk}&fields=job,state")).json()["results"]
    assert row == {"job": history.pk, "state": "unreachable"}


@pytest.mark.parametrize(
    "query", ["since=yesterday", "state=unknown", "job=0", "ordering=reason", "hostname=x", "state=", "page_size=0"]
)
def test_what_means_nothing_is_refused(device: Device, viewer: User, as_: As, query: str) -> None:
    answer = as_(viewer).get(address(device, f"?{query}"))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_cursor_goes_through_all(history: Job, device: Device, viewer: User, as_: As) -> None:
    client, url, found = as_(viewer), address(device, "?pagination=cursor&page_size=1"), []
    while url:
        page = client.get(url).json()
        found += [row["tcp_avg_ms"] for row in page["results"]]
        url = page["next"]
    assert found == [4.0, None, 2.0]


@pytest.mark.django_db(transaction=True)  # the rows are read on other threads
def test_file(history: Job, device: Device, viewer: User, as_: As) -> None:
    answer: Any = as_(viewer).get(address(device, "export/?fields=state,tcp_avg_ms,tcp_loss"))
    assert answer["Content-Disposition"] == 'attachment; filename="reachability-checks.csv"'

    async def parts() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    lines = async_to_sync(parts)().decode().splitlines()
    assert lines == ["state,tcp_loss,tcp_avg_ms", "reachable,0.0,2.0", "unreachable,100.0,", "reachable,0.0,4.0"]


@pytest.mark.parametrize("rest", ["", "export/", "?job=1"])
def test_other_customers_device_is_not_there(
    history: Job, foreign_device: Device, viewer: User, as_: As, rest: str
) -> None:
    nobodys = f"/api/v1/devices/{foreign_device.pk + 999}/reachability/{rest}"
    answers = [as_(viewer).get(url) for url in (address(foreign_device, rest), nobodys)]
    assert {answer.status_code for answer in answers} == {404}


def test_list_asks_the_database_as_often_for_one_check_as_for_three(device: Device, viewer: User, as_: As) -> None:
    client, asked = as_(viewer), []
    for number in range(1, 4):
        check_of(device, NOON + timedelta(hours=number)).save()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(device)).json()["count"] == number
        asked.append(len(queries))
    assert len(set(asked)) == 1


def test_number_of_probes_is_a_parameter_of_the_job(device: Device, operator: User, as_: As) -> None:
    body = {"kind": "reachability", "customer": device.customer_id, "devices": [device.pk]}
    client = as_(operator)
    assert client.post("/api/v1/jobs/", body).json()["params"] == {"count": 3, "timeout_s": 10}
    assert client.post("/api/v1/jobs/", body | {"params": {"count": 20}}).json()["params"]["count"] == 20
    answer = client.post("/api/v1/jobs/", body | {"params": {"count": 21}})
    assert answer.status_code == 400
    assert "count is a whole number from 1 to 20." in answer.content.decode()
