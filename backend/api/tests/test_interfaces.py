"""Facts and interfaces over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from devices.models import Device
from discovery.models import DeviceFacts, Interface
from discovery.tests.readings import keep, seen
from networkops.facts.types import InterfaceSeen
from users.models import User

As = Callable[[User], APIClient]
INTERFACES = "/api/v1/interfaces/"


@pytest.fixture
def read(device: Device) -> Device:
    e2 = InterfaceSeen(
        "e2", "to r2", "0E:1C:6E:BF:F3:FC", 1500, 1_000_000, True, True, ("10.0.0.1/24", "2001:db8::1/64")
    )
    keep(device, found=seen(e2, InterfaceSeen("e10", enabled=False, up=False), problems=("left out: address ('x')",)))
    return device


def test_facts(read: Device, viewer: User, as_: As) -> None:
    facts = DeviceFacts.objects.get()

    shown = as_(viewer).get(f"/api/v1/devices/{read.pk}/facts/").json()

    assert shown["device"] == {"id": read.pk, "hostname": "acme-r1"}
    assert (shown["vendor"], shown["model"], shown["serial"], shown["os_version"]) == ("Cisco", "C9300", "FOC1", "17.9")
    assert (shown["reported_hostname"], shown["uptime_s"], shown["job"]) == ("r1", 3600, facts.job_id)
    assert shown["problems"] == ["left out: address ('x')"]
    assert shown["booted_at"] < shown["read_at"] == shown["interfaces_read_at"]


def test_facts_of_a_device_that_was_never_asked(device: Device, viewer: User, as_: As) -> None:
    shown = as_(viewer).get(f"/api/v1/devices/{device.pk}/facts/").json()

    assert (shown["read_at"], shown["booted_at"], shown["job"], shown["problems"]) == (None, None, None, [])


def test_interfaces_of_a_device(read: Device, viewer: User, as_: As) -> None:
    rows = as_(viewer).get(f"/api/v1/devices/{read.pk}/interfaces/").json()["results"]

    assert [row["name"] for row in rows] == ["e2", "e10"]
    assert rows[0]["addresses"] == ["10.0.0.1/24", "2001:db8::1/64"]
    assert (rows[0]["mtu"], rows[0]["speed_kbps"], rows[0]["mac"]) == (1500, 1_000_000, "0E:1C:6E:BF:F3:FC")
    assert (rows[1]["mtu"], rows[1]["up"], rows[1]["enabled"]) == (None, False, False)
    one = as_(viewer).get(f"{INTERFACES}{rows[0]['id']}/").json()
    assert one == rows[0]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("up=true", ["e2"]),
        ("enabled=false", ["e10"]),
        ("address=10.0.0.1", ["e2"]),
        ("address=2001:DB8::1", ["e2"]),
        ("mac=0e:1c:6e:bf:f3:fc", ["e2"]),
        ("search=to+r2", ["e2"]),
        ("name=e10", ["e10"]),
        ("search=acme-r1&ordering=-name", ["e10", "e2"]),
        ("address=10.9.9.9", []),
    ],
)
def test_filters(read: Device, viewer: User, as_: As, query: str, names: list[str]) -> None:
    found = as_(viewer).get(f"{INTERFACES}?{query}").json()["results"]

    assert [row["name"] for row in found] == names


@pytest.mark.parametrize("query", ["address=10.0.0.300", "up=perhaps", "device=0", "bananas=1", "ordering=mac"])
def test_filters_that_mean_nothing_are_refused(read: Device, viewer: User, as_: As, query: str) -> None:
    assert as_(viewer).get(f"{INTERFACES}?{query}").status_code == 400


def streamed(answer: Any) -> list[str]:
    """Lines of a file."""

    async def parts() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(parts)().decode().splitlines()


@pytest.mark.django_db(transaction=True)  # the rows are read on other threads
def test_file(read: Device, viewer: User, as_: As) -> None:
    answer: Any = as_(viewer).get(f"{INTERFACES}export/?format=csv")

    lines = streamed(answer)
    assert len(lines) == 3
    assert "acme-r1,e2,to r2,true,true" in lines[1]
    assert "10.0.0.1/24;2001:db8::1/64" in lines[1]


def test_a_stranger_sees_nothing(read: Device, stranger: User, as_: As) -> None:
    client = as_(stranger)
    interface = Interface.objects.first()
    assert interface is not None

    assert client.get(INTERFACES).json()["results"] == []
    for path in (f"devices/{read.pk}/facts/", f"devices/{read.pk}/interfaces/", f"interfaces/{interface.pk}/"):
        assert client.get(f"/api/v1/{path}").status_code == 404
