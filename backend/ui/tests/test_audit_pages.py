"""The page of the audit trail: who gets it, its filters, one event, the file."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.services import audit
from devices.models import Device
from users.models import User

pytestmark = pytest.mark.django_db


def page(client: Client, user: User, address: str, **headers: str) -> tuple[int, str]:
    client.force_login(user)
    answer = client.get(address, headers=headers)
    return answer.status_code, answer.content.decode()


def test_operator_sees_the_trail_and_its_link(client: Client, operator: User, viewer: User, device: Device) -> None:
    assert "Nothing happened yet" in page(client, operator, "/audit/")[1]
    audit("device.update", device, actor=operator, before={"port": 22}, after={"port": 2222})
    status, text = page(client, operator, "/audit/")
    assert status == 200
    assert "device.update" in text
    assert 'href="/audit/"' in text
    assert page(client, viewer, "/audit/")[0] == 403
    assert 'href="/audit/"' not in page(client, viewer, "/")[1]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=acme", True), ("q=nobody", False), ("type=devices.device", True), ("type=devices.site", False),
        ("since=2001-01-01", True), ("until=2001-01-01", False), ("user=1000000", False), ("since=never", False),
    ],
)  # fmt: skip
def test_filter(client: Client, operator: User, device: Device, query: str, is_found: bool) -> None:
    audit("device.update", device, actor=operator)
    status, text = page(client, operator, f"/audit/?{query}", **{"HX-Request": "true"})
    assert status == 200
    assert ("device.update" in text) == is_found
    assert "<html" not in text


def test_event_shows_what_changed(client: Client, operator: User, device: Device) -> None:
    event = audit("device.update", device, actor=operator, before={"port": 22}, after={"port": 2222, "password": "x"})
    for headers in ({}, {"HX-Request": "true"}):
        _, text = page(client, operator, f"/audit/{event.pk}/", **headers)
        assert "2222" in text
        assert "••••••" in text
        assert f"/devices/{device.pk}/" in text


def test_list_costs_the_same_however_many_rows(client: Client, operator: User, device: Device) -> None:
    counted = []
    for more in (1, 2):
        for _ in range(more):
            audit("device.update", device, actor=operator)
        client.force_login(operator)
        with CaptureQueriesContext(connection) as queries:
            client.get("/audit/")
        counted.append(len(queries))
    assert counted[0] == counted[1]
