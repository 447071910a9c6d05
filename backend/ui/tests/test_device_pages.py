"""A device's page and its part in jobs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from users.models import User

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJtqIzqzq6l5mQ0gJ0m9mJm0gJ0m9mJm0gJ0m9mJm0gA"


@pytest.fixture
def as_operator(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def test_overview_shows_record_and_facts(as_operator: Client, acme: Customer, make_device: MakeDevice) -> None:
    options = {"legacy_ssh": True, "banner_timeout": 30}
    device = make_device(acme, "r1", host_key=KEY, connection_options=options, serial="FDO9", latency_ms=1.66)
    text = as_operator.get(f"/devices/{device.pk}/").text
    for words in ("SHA256:", "Old SSH algorithms", "banner_timeout", "FDO9", "1.7 ms", "netops", "Back up"):
        assert words in text


def test_overview_never_shows_the_credentials_secrets(as_operator: Client, device: Device) -> None:
    assert "s3cret-of-the-lab" not in as_operator.get(f"/devices/{device.pk}/").text


@pytest.mark.parametrize("host_key", ["ssh-ed25519", "ssh-ed25519 !!!", "x"])
def test_a_host_key_that_is_none_does_not_break_the_page(
    as_operator: Client, acme: Customer, make_device: MakeDevice, host_key: str
) -> None:
    device = make_device(acme, "r1", host_key=host_key)
    assert "not readable" in as_operator.get(f"/devices/{device.pk}/").text


def test_device_without_credential_says_what_that_means(
    as_operator: Client, acme: Customer, make_device: MakeDevice
) -> None:
    device = make_device(acme, "r1", credential=None)
    assert "jobs cannot log in" in as_operator.get(f"/devices/{device.pk}/").text


@pytest.mark.parametrize("tail", ["", "jobs/", "snapshots/"])
def test_foreign_device_is_404(as_operator: Client, foreign_device: Device, tail: str) -> None:
    assert as_operator.get(f"/devices/{foreign_device.pk}/{tail}").status_code == 404


@pytest.mark.parametrize("tail", ["", "jobs/", "snapshots/"])
def test_viewer_gets_no_actions(client: Client, viewer: User, device: Device, tail: str) -> None:
    client.force_login(viewer)
    response = client.get(f"/devices/{device.pk}/{tail}")
    assert response.status_code == 200
    assert "/devices/run/" not in response.text


def test_jobs_show_the_error_in_words(
    as_operator: Client, operator: User, device: Device, make_job: Callable[..., Job]
) -> None:
    job = make_job(operator, [device])
    job.targets.update(status="failed", error_code="login_refused", error_text="the device refused <b>netops</b>")
    text = as_operator.get(f"/devices/{device.pk}/jobs/").text
    assert "Login refused" in text
    assert "The device refused &lt;b&gt;netops" in text


def test_no_jobs_says_so(as_operator: Client, device: Device) -> None:
    assert "No job has run on this device" in as_operator.get(f"/devices/{device.pk}/jobs/").text


def test_queries_of_jobs_do_not_grow_with_rows(
    as_operator: Client, operator: User, device: Device, make_job: Callable[..., Job]
) -> None:
    counts = []
    for jobs in (1, 4):
        for _ in range(jobs):
            make_job(operator, [device])
        with CaptureQueriesContext(connection) as captured:
            as_operator.get(f"/devices/{device.pk}/jobs/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
