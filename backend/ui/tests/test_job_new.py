"""The form of a new job."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from users.models import User


@pytest.fixture
def client(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def devices(make_device: MakeDevice, acme: Customer) -> list[Device]:
    rows = [make_device(acme, f"acme-r{number}") for number in range(3)]
    return [*rows, make_device(acme, "acme-eos", platform="eos"), make_device(acme, "acme-off", enabled=False)]


def post(client: Client, customer: Customer, **values: Any) -> Any:
    given = {"kind": "config_backup", "customer": customer.pk, "choose": "matching", **values}
    return client.post(reverse("ui:job_new"), given)


def hostnames(job: Job) -> set[str]:
    return set(job.targets.values_list("device__hostname", flat=True))


def test_job_new_starts_on_all_that_match(client: Client, acme: Customer, devices: list[Device]) -> None:
    answer = post(client, acme, platform="ios")
    job = Job.objects.get()
    assert answer["Location"] == reverse("ui:job_detail", args=[job.pk])
    assert hostnames(job) == {"acme-r0", "acme-r1", "acme-r2"}
    assert job.params == {"timeout_s": 60}


def test_job_new_starts_on_a_list(client: Client, acme: Customer, devices: list[Device]) -> None:
    post(client, acme, kind="reachability", choose="listed", hostnames="acme-r1,acme-r2\nacme-r1", timeout_s=5)
    job = Job.objects.get()
    assert (job.kind, job.params, hostnames(job)) == (
        "reachability",
        {"count": 3, "timeout_s": 5},
        {"acme-r1", "acme-r2"},
    )


def test_job_new_takes_the_number_of_probes(client: Client, acme: Customer, devices: list[Device]) -> None:
    post(client, acme, kind="reachability", probes=5)
    assert Job.objects.get().params == {"count": 5, "timeout_s": 10}
    assert "less than or equal to 20" in post(client, acme, kind="reachability", probes=21).content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"choose": "listed"}, "Name at least one device."),
        ({"choose": "listed", "hostnames": "acme-r0 r9"}, "Acme Networks has no device named r9."),
        ({"choose": "listed", "hostnames": "globex-r1"}, "Acme Networks has no device named globex-r1."),
        ({"q": "nothing-like-it"}, "No enabled device of this customer matches"),
        ({"kind": "erase"}, "erase is not one of the available choices"),
        ({"timeout_s": 0}, "greater than or equal to 1"),
        ({"site": "999"}, "No enabled device of this customer matches"),
    ],
)
def test_job_new_says_what_is_wrong(
    client: Client, acme: Customer, devices: list[Device], foreign_device: Device, values: dict[str, Any], words: str
) -> None:
    answer = post(client, acme, **values)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_job_new_refuses_a_foreign_customer(client: Client, globex: Customer, foreign_device: Device) -> None:
    answer = post(client, globex)
    assert answer.status_code == 422
    assert "Globex" not in answer.content.decode()
    assert not Job.objects.exists()


def test_job_new_is_filled_in_from_the_query(client: Client, devices: list[Device], foreign_device: Device) -> None:
    query = f"?kind=reachability&devices={devices[0].pk}&devices={devices[1].pk}&devices={foreign_device.pk}&devices=x"
    page = client.get(f"{reverse('ui:job_new')}{query}").content.decode()
    assert "acme-r0\nacme-r1</textarea>" in page
    assert client.get(f"{reverse('ui:job_new')}{query}").context["form"]["kind"].value() == "reachability"


def test_job_new_counts_what_matches(client: Client, devices: list[Device]) -> None:
    answer = client.get(f"{reverse('ui:job_new')}?choose=matching&platform=ios", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<html" not in page
    assert ">3</b>" in page
    assert "acme-eos" not in page


def test_job_new_shows_nothing_of_other_customers(
    client: Client, devices: list[Device], foreign_device: Device
) -> None:
    page = client.get(f"{reverse('ui:job_new')}?customer={foreign_device.customer_id}").content.decode()
    assert "globex" not in page.lower()
