"""What every list has in common: scope, pages, filters, order, a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.tests.conftest import As
from config_mgmt.models import ConfigSnapshot
from customers.models import Customer
from devices.models import Device, Site, Tag
from jobs.models import Job
from users.models import User

TEXT = "hostname acme-r1\nenable secret 5 $1$abcd$efghijklmnopqrstuvwxyz\n!\nend\n"


@pytest.fixture
def add(
    acme: Customer, operator: User, make_device: Any, make_job: Any, make_snapshot: Any
) -> Callable[[int], tuple[Device, Job, ConfigSnapshot]]:
    """One more row of everything."""

    def one(number: int) -> tuple[Device, Job, ConfigSnapshot]:
        site = Site.objects.create(customer=acme, name=f"site {number}")
        device = make_device(acme, f"r{number}", site=site)
        device.tags.add(Tag.objects.create(customer=acme, name=f"tag{number}"))
        return device, make_job(operator, list(Device.objects.filter(customer=acme))), make_snapshot(device, TEXT)

    return one


LISTS = ["customers/", "sites/", "devices/", "jobs/", "snapshots/", "jobs/{job}/targets/", "jobs/{job}/logs/"]


@pytest.mark.parametrize("url", LISTS)
def test_queries_do_not_grow_with_rows(as_: As, operator: User, add: Any, url: str) -> None:
    client = as_(operator)
    counts = []
    for number in (1, 2, 3):
        _, job, _ = add(number)
        operator.customers.add(Customer.objects.create(name=f"more {number}", slug=f"more-{number}"))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/api/v1/" + url.format(job=job.pk))
        assert answer.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2], counts
    assert counts[0] <= 10


def test_pages(as_: As, operator: User, add: Any) -> None:
    for number in range(3):
        add(number)
    client = as_(operator)
    page = client.get("/api/v1/devices/?page_size=2&ordering=-hostname").json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert page["count"] == 3
    assert [row["hostname"] for row in page["results"]] == ["r2", "r1"]
    assert [row["hostname"] for row in client.get(page["next"]).json()["results"]] == ["r0"]
    assert client.get("/api/v1/devices/?page=9").status_code == 404
    assert client.get(f"/api/v1/devices/?page={'9' * 40}").status_code == 404
    assert client.get("/api/v1/devices/?page_size=100000").json()["count"] == 3


def test_a_device_as_json(as_: As, operator: User, add: Any) -> None:
    device, _, _ = add(1)
    row = as_(operator).get(f"/api/v1/devices/{device.pk}/").json()
    assert row["site"] == {"id": device.site_id, "name": "site 1"}
    assert row["tags"] == ["tag1"]
    assert (row["vendor"], row["platform"], row["customer"]) == ("Cisco", "ios", device.customer_id)
    assert not {"host_key", "connection_options", "search"} & set(row)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["r1", "r2"]), ("q=r2", ["r2"]), ("search=r2", ["r2"]), ("platform=ios", ["r1", "r2"]),
        ("platform=eos", []), ("enabled=false", []), ("ordering=-id", ["r2", "r1"]), ("ordering=site", ["r1", "r2"]),
        ("ordering=reachability,-hostname", ["r2", "r1"]), ("backup=fresh", ["r1", "r2"]),
    ],
)  # fmt: skip
def test_device_filters(as_: As, operator: User, add: Any, query: str, found: list[str]) -> None:
    add(1), add(2)
    answer = as_(operator).get(f"/api/v1/devices/?{query}")
    assert [row["hostname"] for row in answer.json()["results"]] == found


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("devices/?platform=nope", "platform"), ("devices/?enabled=banana", "enabled"), ("devices/?site=x", "site"),
        ("devices/?hostnam=r1", "hostnam"), ("devices/?q=%00", "q"), ("devices/?ordering=password", "ordering"),
        ("devices/?ordering=credential__password", "ordering"), ("devices/?ordering=hostname,", "ordering"),
        ("devices/?credential__password__startswith=a", "credential__password__startswith"),
        ("jobs/?format=xml", "format"), ("jobs/?status=nope", "status"), ("jobs/?customer=x", "customer"),
        ("jobs/?kind=%00", "kind"),
        (f"snapshots/?device={10**30}", "device"), ("snapshots/?device=1.5", "device"),
        ("snapshots/?status=x", "status"), ("snapshots/?is_new_version=banana", "is_new_version"),
        ("sites/?customer=-1", "customer"), ("customers/?ordering=users", "ordering"),
    ],
)  # fmt: skip
def test_a_parameter_that_means_nothing_is_named(as_: As, operator: User, url: str, field: str) -> None:
    answer = as_(operator).get(f"/api/v1/{url}")
    assert answer.status_code == 400, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_snapshots(as_: As, viewer: User, add: Any) -> None:
    device, _, snapshot = add(1)
    other, _, _ = add(2)
    client = as_(viewer)
    rows = client.get(f"/api/v1/snapshots/?device={device.pk}&status=verified").json()["results"]
    assert [row["id"] for row in rows] == [snapshot.pk]
    assert rows[0]["device"] == {"id": device.pk, "hostname": "r1"}
    assert rows[0]["job"] == snapshot.target.job_id
    assert (rows[0]["version"], rows[0]["size"]) == (1, len(TEXT))
    assert "text" not in rows[0]
    assert client.get(f"/api/v1/snapshots/?job={snapshot.target.job_id}").json()["count"] == 1
    assert client.get("/api/v1/snapshots/?status=failed&status=suspicious").json()["count"] == 0
    assert client.get(f"/api/v1/snapshots/?device={other.pk}").json()["count"] == 1


def test_a_snapshots_text_is_masked_for_everybody(as_: As, viewer: User, operator: User, add: Any) -> None:
    _, _, snapshot = add(1)
    for user in (viewer, operator):
        text = as_(user).get(f"/api/v1/snapshots/{snapshot.pk}/").json()["text"]
        assert "hostname acme-r1" in text
        assert "efghijklmnopqrstuvwxyz" not in text


def test_a_snapshot_without_text(as_: As, viewer: User, add: Any) -> None:
    _, _, snapshot = add(1)
    ConfigSnapshot.objects.filter(pk=snapshot.pk).update(status="failed", text=None, version=None, is_new_version=False)
    assert as_(viewer).get(f"/api/v1/snapshots/{snapshot.pk}/").json()["text"] is None
    assert as_(viewer).get("/api/v1/snapshots/").json()["results"][0]["size"] is None


def test_the_list_does_not_read_texts(as_: As, viewer: User, add: Any) -> None:
    add(1)
    with CaptureQueriesContext(connection) as queries:
        as_(viewer).get("/api/v1/snapshots/")
    assert not [query for query in queries if "packed" in query["sql"]]
