"""Starting jobs from the device list and from a device's page."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from users.models import User

RUN = "/devices/run/"


@pytest.fixture
def as_operator(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def everything(customer: Customer | None, seen: int) -> dict[str, str]:
    """What the form says for all that match: under which customer of the header, and how many the page counted."""
    return {"select_all": "1", "scope": str(customer.pk) if customer else "", "seen": str(seen)}


@pytest.mark.parametrize("kind", ["config_backup", "reachability"])
def test_ticked_devices_become_one_job(
    as_operator: Client, acme: Customer, device: Device, make_device: MakeDevice, kind: str
) -> None:
    make_device(acme, "left-out")
    other = make_device(acme, "r2")
    response = as_operator.post(RUN, {"kind": kind, "devices": [device.pk, other.pk]})
    job = Job.objects.get()
    assert response.url == reverse("ui:job_detail", args=[job.pk])
    assert job.kind == kind
    assert {target.device_id for target in job.targets.all()} == {device.pk, other.pk}


def test_all_that_match_means_the_filter_of_the_page(
    as_operator: Client, acme: Customer, make_device: MakeDevice
) -> None:
    for number in range(60):
        make_device(acme, f"r{number:02}", role="core" if number % 2 else "edge")
    as_operator.post(f"{RUN}?role=core&size=25&page=2", {"kind": "config_backup"} | everything(acme, 30))
    assert Job.objects.get().targets_total == 30


@pytest.mark.parametrize("wrong", ["site", "customer", "tag", "platform", "enabled"])
def test_all_that_match_a_filter_with_an_error_is_nothing(
    as_operator: Client, acme: Customer, device: Device, wrong: str
) -> None:
    query = "enabled=banana" if wrong == "enabled" else f"{wrong}=999999"
    data = {"kind": "config_backup"} | everything(acme, 1)
    response = as_operator.post(f"{RUN}?{query}", data, follow=True)
    assert "The filter names what does not exist. Nothing was started." in response.text
    assert response.wsgi_request.GET.urlencode() == query
    assert not Job.objects.exists()


def test_all_that_match_are_those_that_the_page_showed(
    as_operator: Client, operator: User, acme: Customer, globex: Customer, device: Device, make_device: MakeDevice
) -> None:
    as_operator.post(RUN, {"kind": "config_backup"} | everything(acme, 2))
    operator.customers.add(globex)
    make_device(globex, "same-number")
    as_operator.post("/switch-customer/", {"customer": globex.pk})
    response = as_operator.post(RUN, {"kind": "config_backup"} | everything(acme, 1), follow=True)
    assert "The list has changed: it counts 1 now" in response.text
    assert "The header shows another customer than the list did." in response.text
    assert not Job.objects.exists()


def test_selection_over_two_customers_makes_a_job_for_each(
    as_operator: Client, operator: User, globex: Customer, device: Device, foreign_device: Device
) -> None:
    operator.customers.add(globex)
    response = as_operator.post(RUN, {"kind": "config_backup"} | everything(None, 2), follow=True)
    assert {job.customer_id: job.targets_total for job in Job.objects.all()} == {
        device.customer_id: 1,
        foreign_device.customer_id: 1,
    }
    assert "2 jobs started" in response.text


@pytest.mark.parametrize("ids", ["foreign", "999999", "x", "²"])
def test_device_that_is_not_the_users_is_404_and_nothing_starts(
    as_operator: Client, device: Device, foreign_device: Device, ids: str
) -> None:
    named = str(foreign_device.pk) if ids == "foreign" else ids
    response = as_operator.post(RUN, {"kind": "config_backup", "devices": [device.pk, named]})
    assert response.status_code == 404
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "config_backup"}, "Choose at least one device."),
        ({"kind": "config_backup", "select_all": "1"}, "Nothing was started"),
        ({"kind": "erase"}, "Choose what"),
    ],
)
def test_nothing_to_do_says_so(as_operator: Client, device: Device, data: dict[str, str], words: str) -> None:
    assert words in as_operator.post(RUN, data, follow=True).text
    assert not Job.objects.exists()


def test_viewer_may_not(client: Client, viewer: User, device: Device) -> None:
    client.force_login(viewer)
    assert client.post(RUN, {"kind": "config_backup", "devices": [device.pk]}).status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/devices/?role=core", "/devices/?role=core"),
        ("https://elsewhere.example/devices/", "/"),
        ("", "/"),
    ],
)
def test_login_after_a_form_that_came_too_late_leads_back_to_its_page(
    client: Client, device: Device, came_from: str, back: str
) -> None:
    response = client.post(RUN, {"kind": "reachability", "devices": [device.pk]}, headers={"Referer": came_from})
    assert response.url == f"/login/?{urlencode({'next': back}, safe='/')}"
