"""Pages of a device's facts and interfaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from devices.models import Device
from discovery.tests.readings import keep, seen
from jobs.models import Job, JobTarget
from networkops.facts.types import InterfaceSeen
from users.models import User


@pytest.fixture
def client(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


def address(device: Device, query: str = "") -> str:
    return reverse("ui:device_interfaces", args=[device.pk]) + query


def streamed(answer: Any) -> list[str]:
    """Lines of a file."""

    async def parts() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(parts)().decode().splitlines()


def ports(number: int) -> list[InterfaceSeen]:
    return [
        InterfaceSeen(
            f"Ethernet{port}", f"server {port}", mtu=9214, speed_kbps=25_000_000, enabled=port != 3, up=port % 2 == 0,
            addresses=(f"10.0.{port}.1/24", f"2001:db8::{port:x}/64"),
        )
        for port in range(1, number + 1)
    ]  # fmt: skip


def names(client: Client, url: str) -> list[str]:
    return [row.name for row in client.get(url).context["page"]]


def test_who_may_start_jobs_is_offered_to_read_facts(client: Client, device: Device, operator: User) -> None:
    text = client.get(address(device)).content.decode()
    assert "No interface of this device is known yet" in text
    assert "refresh_facts" not in text

    client.force_login(operator)
    assert 'value="refresh_facts"' in client.get(address(device)).content.decode()
    answer = client.post(reverse("ui:device_run"), {"kind": "refresh_facts", "devices": device.pk})
    job = Job.objects.get(kind="refresh_facts")
    assert answer["Location"] == reverse("ui:job_detail", args=[job.pk])


def test_interfaces_stand_in_the_order_of_their_numbers(client: Client, device: Device) -> None:
    keep(device, found=seen(*ports(11)))

    answer = client.get(address(device))
    text = answer.content.decode()
    assert [row.name for row in answer.context["page"]] == [f"Ethernet{port}" for port in range(1, 12)]
    for words in ("25 Gbit/s", "9214", "10.0.11.1/24", "2001:db8::b/64", "server 11"):
        assert words in text
    assert 'id="interface-filters"' not in text


def test_many_are_searched_and_filtered(client: Client, device: Device) -> None:
    keep(device, found=seen(*ports(40)))

    assert 'id="interface-filters"' in client.get(address(device)).content.decode()
    assert names(client, address(device, "?q=server+40")) == ["Ethernet40"]
    assert names(client, address(device, "?q=10.0.23.")) == ["Ethernet23"]
    assert names(client, address(device, "?q=db8::1f")) == ["Ethernet31"]
    assert names(client, address(device, "?state=off")) == ["Ethernet3"]
    assert len(names(client, address(device, "?state=up&size=100"))) == 20
    assert len(names(client, address(device, "?state=down&size=100"))) == 19
    assert names(client, address(device, "?state=nonsense")) == []
    assert "No interface matches" in client.get(address(device, "?q=nowhere")).content.decode()
    fragment = client.get(address(device, "?q=server+17&state="), headers={"HX-Request": "true"})
    assert fragment["HX-Push-Url"].endswith("?q=server+17")
    assert "<html" not in fragment.content.decode()


@pytest.mark.parametrize("query", ["?q=%00", "?q=%FF", "?state=%00", "?page=99999999999", "?q=" + "a+" * 300])
def test_what_is_asked_may_be_nonsense(client: Client, device: Device, query: str) -> None:
    keep(device, found=seen(*ports(2)))

    assert client.get(address(device, query)).status_code == 200


def test_what_a_device_tells_is_escaped(client: Client, device: Device) -> None:
    keep(device, found=seen(InterfaceSeen("<b>0", "<script>alert(1)</script>"), hostname="<i>r1", problems=("<u>",)))

    for url in (address(device), reverse("ui:device_detail", args=[device.pk])):
        text = client.get(url).content.decode()
        assert not any(tag in text for tag in ("<b>0", "<script>alert", "<i>r1", "<u>"))


def test_the_device_s_page_tells_its_facts(client: Client, device: Device) -> None:
    keep(device, found=seen("e1", hostname="other-name", problems=("no serial number in its answer",)))

    text = client.get(reverse("ui:device_detail", args=[device.pk])).content.decode()

    for words in ("Cisco C9300", "FOC1", "17.9", "other-name", "No serial number in its answer", "facts read"):
        assert words in text


def test_a_job_says_what_it_found(client: Client, device: Device) -> None:
    keep(device, found=seen("e1"))
    target = JobTarget.objects.get()
    JobTarget.objects.filter(pk=target.pk).update(
        status="succeeded", result={"interfaces": 12, "changed": ["serial"], "problems": 0}
    )

    page = client.get(reverse("ui:job_detail", args=[target.job_id])).content.decode()
    assert "12 interfaces, other serial number" in page
    assert "12 interfaces read" in client.get(reverse("ui:device_jobs", args=[device.pk])).content.decode()


@pytest.mark.django_db(transaction=True)  # the rows are read on other threads
def test_the_file_has_what_matches(client: Client, device: Device) -> None:
    keep(device, found=seen(*ports(40)))

    answer: Any = client.get(reverse("ui:device_interfaces_file", args=[device.pk]) + "?state=off")

    lines = streamed(answer)
    assert lines[0].startswith("name,description,enabled,up,mac,mtu,speed_kbps,addresses")
    assert lines[1].startswith("Ethernet3,server 3,false,false,,9214,25000000,10.0.3.1/24;2001:db8::3/64,")
    assert len(lines) == 2


def test_as_many_queries_for_many_interfaces_as_for_few(
    client: Client, device: Device, make_device: Callable[..., Device]
) -> None:
    many = make_device(device.customer, "many")
    keep(device, found=seen(*ports(1)))
    keep(many, found=seen(*ports(3)))
    client.get(address(device))
    counts = []
    for one in (device, many):
        with CaptureQueriesContext(connection) as queries:
            client.get(address(one))
        counts.append(len(queries))
    assert counts[0] == counts[1]
