"""The audit trail: complete, and without secrets."""

from __future__ import annotations

from typing import Any

import pytest

from core.context import acting
from core.models import AuditEvent
from core.services import alive, audit, beat, mask
from devices.models import Device
from users.models import User

DOTS = "••••••"
MASKED = [
    ({"password": "x"}, {"password": DOTS}),
    ({"enable_secret": "x", "username": "netops"}, {"enable_secret": DOTS, "username": "netops"}),
    ({"private_key": "x", "host_key": "ssh-ed25519 A"}, {"private_key": DOTS, "host_key": "ssh-ed25519 A"}),
    ({"Token": "x", "key_hash": "y"}, {"Token": DOTS, "key_hash": DOTS}),
    ({"password": ""}, {"password": ""}),  # that there was none is worth knowing
    ({"credential": {"password": "x", "name": "lab"}}, {"credential": {"password": DOTS, "name": "lab"}}),
    ({"rows": [{"snmp_community": "x"}, 1]}, {"rows": [{"snmp_community": DOTS}, 1]}),
]


@pytest.mark.parametrize(("values", "masked"), MASKED)
def test_secrets_are_masked_by_name(values: dict[str, Any], masked: dict[str, Any]) -> None:
    assert mask(values) == masked


@pytest.mark.django_db
def test_event_says_who_what_and_from_where(operator: User, device: Device) -> None:
    with acting(correlation="click-1", address="2001:db8::7"):
        audit("device.change", device, actor=operator, before={"port": 22}, after={"port": 23, "password": "x"})
    event = AuditEvent.objects.get()
    assert (event.actor, event.actor_name, event.action) == (operator, "operator", "device.change")
    assert (event.object_type, event.object_id, event.object_label) == ("devices.device", device.pk, "acme-r1")
    assert (event.customer, event.source_address, event.correlation_id) == (device.customer, "2001:db8::7", "click-1")
    assert (event.before, event.after) == ({"port": 22}, {"port": 23, "password": DOTS})


@pytest.mark.django_db
def test_event_outlives_user_and_customer_unchanged(operator: User, device: Device) -> None:
    audit("device.change", device, actor=operator)
    told = AuditEvent.objects.values().get()
    operator.delete()
    device.customer.devices.all().delete()
    device.customer.sites.all().delete()
    device.customer.delete()
    assert AuditEvent.objects.values().get() == told


@pytest.mark.django_db
def test_process_is_alive_while_it_beats() -> None:
    assert alive("worker") == 0
    for _ in range(2):
        beat(name="host:1", role="worker")
    beat(name="host:2", role="worker")
    assert (alive("worker"), alive("beat")) == (2, 0)
