"""Correlation id and source address of a request."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client, RequestFactory

from core.middleware import source_of
from core.models import AuditEvent
from devices.models import Device
from jobs.models import Job
from users.models import User

SOURCES = [
    # behind a proxy, peer, X-Forwarded-For, source
    (False, "192.0.2.7", None, "192.0.2.7"),
    (False, "192.0.2.7", "198.51.100.1", "192.0.2.7"),  # anybody can write that header
    (True, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
    (True, "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # all but the last one come from the client
    (True, "10.0.0.1", "2001:db8::7", "2001:db8::7"),
    (True, "10.0.0.1", "unknown", "10.0.0.1"),
    (True, "10.0.0.1", "", "10.0.0.1"),
    (False, "fe80::1%eth0", None, "fe80::1"),
    (False, "", None, None),  # a unix socket
]


@pytest.mark.parametrize(("proxied", "peer", "forwarded", "source"), SOURCES)
def test_source_address(settings: Any, proxied: bool, peer: str, forwarded: str | None, source: str | None) -> None:
    settings.BEHIND_PROXY = proxied
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    assert source_of(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)) == source


@pytest.mark.django_db
def test_job_and_audit_carry_the_requests_id(client: Client, operator: User, device: Device) -> None:
    client.force_login(operator)
    body = {"kind": "config_backup", "customer": device.customer_id, "devices": [device.pk]}
    answer = client.post("/api/v1/jobs/", body, content_type="application/json", headers={"x-request-id": "x" * 500})
    assert answer.status_code == 201, answer.content
    answered = answer.headers["X-Request-ID"]
    assert uuid.UUID(answered)  # made here: what a client calls its request is not for our logs
    assert Job.objects.get().correlation_id == answered
    assert AuditEvent.objects.get(action="job.start").correlation_id == answered
