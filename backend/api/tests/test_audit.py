"""The audit trail by API: who sees which events, filters, and taking it along as a file."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.tests.conftest import As
from core.context import acting
from core.models import AuditEvent
from core.services import audit
from customers.models import Customer
from devices.models import Device
from users.models import User

LIST = "/api/v1/audit-events/"
EXPORT = f"{LIST}export/"


@pytest.fixture
def events(operator: User, device: Device, foreign_device: Device) -> dict[str, AuditEvent]:
    with acting(correlation="click-1", address="192.0.2.7"):
        changed = audit("device.change", device, actor=operator, before={"port": 22}, after={"port": 2222})
    return {
        "changed": changed,
        "cancelled": audit("job.cancel", device, actor=None, after={"=1": "@x"}),
        "foreign": audit("device.change", foreign_device, actor=None),
        "nobody's": audit("user.create", operator, actor=None),
    }


def names(answer: Any, events: dict[str, AuditEvent]) -> list[str]:
    by_id = {event.pk: name for name, event in events.items()}
    return [by_id[row["id"]] for row in answer.json()["results"]]


def text_of(answer: Any) -> str:
    async def parts() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(parts)().decode()


SEEN: dict[str, list[str] | int] = {
    "viewer": 403,
    "operator": ["cancelled", "changed"],
    "admin": ["cancelled", "changed"],
    "stranger": ["foreign"],
    "superadmin": ["nobody's", "foreign", "cancelled", "changed"],
}


@pytest.mark.django_db
@pytest.mark.parametrize("who", SEEN)
def test_who_sees_which_events(
    as_: As, events: dict[str, AuditEvent], request: pytest.FixtureRequest, who: str
) -> None:
    answer = as_(request.getfixturevalue(who)).get(LIST)
    assert SEEN[who] == (answer.status_code if answer.status_code != 200 else names(answer, events))


@pytest.mark.django_db
def test_event_says_it_all(as_: As, operator: User, device: Device, events: dict[str, AuditEvent]) -> None:
    event = events["changed"]
    shown = as_(operator).get(f"{LIST}{event.pk}/").json()
    assert shown.pop("at").endswith("Z")
    assert shown == {
        "id": event.pk, "customer": device.customer_id, "actor": operator.pk, "actor_name": "operator", "api_key": "",
        "action": "device.change", "object_type": "devices.device", "object_id": device.pk, "object_label": "acme-r1",
        "before": {"port": 22}, "after": {"port": 2222}, "source_address": "192.0.2.7", "correlation_id": "click-1",
        "seq": event.seq, "hash": event.hash,
    }  # fmt: skip


FILTERS: list[tuple[str, list[str]]] = [
    ("action=job.cancel", ["cancelled"]),
    ("correlation_id=click-1", ["changed"]),
    ("source_address=192.0.2.7", ["changed"]),
    ("actor_name=operator", ["changed"]),
    ("api_key=abc", []),
    ("object_type=devices.device&ordering=at", ["changed", "cancelled"]),
    ("search=acme change", ["changed"]),
    ("since=2001-01-01T00:00:00Z", ["cancelled", "changed"]),
    ("until=2001-01-01T00:00:00Z", []),
    ("ordering=id", ["changed", "cancelled"]),
    ("pagination=cursor&page_size=1", ["cancelled"]),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_filter(as_: As, operator: User, events: dict[str, AuditEvent], query: str, found: list[str]) -> None:
    assert names(as_(operator).get(f"{LIST}?{query}"), events) == found


@pytest.mark.django_db
def test_filter_by_ids(
    as_: As, superadmin: User, operator: User, acme: Customer, events: dict[str, AuditEvent]
) -> None:
    client = as_(superadmin)
    assert names(client.get(f"{LIST}?customer={acme.pk}"), events) == ["cancelled", "changed"]
    assert names(client.get(f"{LIST}?actor={operator.pk}"), events) == ["changed"]
    foreign = events["foreign"].object_id
    assert names(client.get(f"{LIST}?object_type=devices.device&object_id={foreign}"), events) == ["foreign"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    ["source_address=here", "since=soon", "since=0001-01-01T00:00:00%2B14:00", "actor=x", "colour=red", "format=csv"],
)
def test_filter_that_means_nothing_is_refused(as_: As, operator: User, query: str) -> None:
    answer = as_(operator).get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.content.decode()


@pytest.mark.django_db
def test_list_costs_the_same_however_many_rows(as_: As, operator: User, device: Device) -> None:
    counted = []
    for more in (1, 2):
        for _ in range(more):
            audit("device.change", device, actor=operator)
        client = as_(operator)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.django_db(transaction=True)
def test_export_is_a_file_and_an_event_itself(
    as_: As, operator: User, acme: Customer, events: dict[str, AuditEvent]
) -> None:
    rows = list(csv.DictReader(io.StringIO(text_of(as_(operator).get(f"{EXPORT}?search=acme&fields=action,after")))))
    assert rows == [
        {"action": "device.change", "after": '{"port": 2222}'},
        {"action": "job.cancel", "after": '{"=1": "@x"}'},
    ]
    told = AuditEvent.objects.get(action="audit.export")
    assert (told.customer_id, told.actor_id, told.object_type) == (acme.pk, operator.pk, "core.auditevent")
    assert told.after == {"search": "acme", "fields": "action,after"}
    rows = json.loads(text_of(as_(operator).get(f"{EXPORT}?format=json&action=audit.export")))
    assert (rows[0]["id"], rows[0]["after"]) == (told.pk, told.after)


@pytest.mark.django_db(transaction=True)
def test_export_is_told_to_each_customer_that_it_is_about(
    as_: As, operator: User, superadmin: User, acme: Customer, globex: Customer, events: dict[str, AuditEvent]
) -> None:
    operator.customers.add(globex)
    until = f"until={(timezone.now() - timedelta(days=1)).isoformat().replace('+', '%2B')}"
    told = []
    for user, query in ((operator, ""), (operator, f"&customer={globex.pk}"), (superadmin, "")):
        before = AuditEvent.objects.count()
        assert as_(user).get(f"{EXPORT}?{until}{query}").status_code == 200
        fresh = AuditEvent.objects.filter(action="audit.export").order_by("-pk")[: AuditEvent.objects.count() - before]
        told.append({event.customer_id for event in fresh})
    assert told == [{acme.pk, globex.pk}, {globex.pk}, {None}]


@pytest.mark.django_db
def test_refused_export_is_no_event(as_: As, operator: User, viewer: User) -> None:
    assert as_(viewer).get(EXPORT).status_code == 403
    assert as_(operator).get(f"{EXPORT}?format=xml").status_code == 400
    assert not AuditEvent.objects.filter(action="audit.export").exists()
