"""Links and neighbours over the API, and neighbours that become devices."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from topology.models import Neighbour, TopologyLink
from users.models import User

LINKS, NEIGHBOURS = "/api/v1/topology-links/", "/api/v1/neighbours/"


@pytest.fixture
def devices(make_device: MakeDevice, acme: Customer) -> list[Device]:
    return [make_device(acme, name) for name in ("r1", "r2", "r3")]


def link(a: Device, b: Device, state: str = "proven", **fields: Any) -> TopologyLink:
    now = timezone.now()
    ports = {"interface_a": "eth1", "interface_b": "eth2"}
    moments = {"first_seen_at": now, "last_seen_at": now, "changed_at": now}
    return TopologyLink.objects.create(
        customer=a.customer, device_a=a, device_b=b, state=state, **ports | moments | fields
    )


def neighbour(device: Device, name: str, **fields: Any) -> Neighbour:
    now = timezone.now()
    return Neighbour.objects.create(
        customer=device.customer, device=device, protocol="lldp", name=name, first_seen_at=now, last_seen_at=now,
        **{"interface": "eth1"} | fields,
    )  # fmt: skip


def asking(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def names(answer: Any) -> list[Any]:
    return [row["id"] for row in answer.json()["results"]]


def test_links_are_filtered_by_either_end_state_and_silence(devices: list[Device], viewer: User) -> None:
    r1, r2, r3 = devices
    first, second = link(r1, r2), link(r2, r3, "one_sided", is_stale=True, detail="r3 does not answer: timeout")
    client = asking(viewer)

    shown = client.get(f"{LINKS}{second.pk}/").json()
    assert shown["device_a"] == {"id": r2.pk, "hostname": "r2"}
    assert (shown["state"], shown["is_stale"], shown["detail"]) == ("one_sided", True, "r3 does not answer: timeout")
    for query, expected in (
        ("", [first.pk, second.pk]),
        (f"?device={r2.pk}", [first.pk, second.pk]),
        (f"?device={r3.pk}", [second.pk]),
        ("?state=proven", [first.pk]),
        ("?state=proven&state=one_sided", [first.pk, second.pk]),
        ("?is_stale=true", [second.pk]),
        ("?search=r1", [first.pk]),
        ("?ordering=-id", [second.pk, first.pk]),
    ):
        assert names(client.get(LINKS + query)) == expected, query


@pytest.mark.django_db(transaction=True)  # the rows are read on other threads
def test_links_are_taken_along_as_a_file(devices: list[Device], viewer: User) -> None:
    link(devices[0], devices[1])
    answer: Any = asking(viewer).get(f"{LINKS}export/")

    async def read() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    head, row = async_to_sync(read)().decode().splitlines()
    assert head.startswith("id,customer,device_a,interface_a,device_b,interface_b,state")
    assert ",r1,eth1,r2,eth2,proven," in row


def test_unknown_neighbours_are_found(devices: list[Device], viewer: User) -> None:
    r1, r2, _ = devices
    known, unknown = neighbour(r1, "r2", remote=r2, matched_by="name"), neighbour(r1, "core-9", interface="eth2")
    past = neighbour(r1, "printer", is_current=False)
    client = asking(viewer)
    assert names(client.get(f"{NEIGHBOURS}?known=false&is_current=true")) == [unknown.pk]
    assert names(client.get(f"{NEIGHBOURS}?known=true")) == [known.pk]
    assert names(client.get(f"{NEIGHBOURS}?remote={r2.pk}")) == [known.pk]
    assert names(client.get(f"{NEIGHBOURS}?search=printer")) == [past.pk]
    assert names(client.get(f"{NEIGHBOURS}?protocol=cdp")) == []


def test_an_unknown_neighbour_becomes_a_device(devices: list[Device], operator: User, viewer: User) -> None:
    row = neighbour(devices[0], "core-9", address="192.0.2.9")
    body = {"hostname": "core-9", "platform": "frr", "site": devices[0].site_id, "role": "core"}
    assert asking(viewer).post(f"{NEIGHBOURS}{row.pk}/device/", body, "json").status_code == 403

    answer = asking(operator).post(f"{NEIGHBOURS}{row.pk}/device/", body, "json")

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["hostname"], made["mgmt_ip"], made["role"]) == ("core-9", "192.0.2.9", "core")
    assert names(asking(viewer).get(f"{LINKS}?device={made['id']}"))
    assert asking(operator).post(f"{NEIGHBOURS}{row.pk}/device/", body, "json").status_code == 400


@pytest.mark.parametrize(
    ("address", "change", "words"),
    [
        (None, {}, "does not tell where it is managed"),
        ("192.0.2.9", {"platform": "toaster"}, "toaster"),
        ("192.0.2.9", {"hostname": "r1"}, "has a device of this name"),
        ("192.0.2.9", {"hostname": "no name"}, "Letters, digits"),
        ("192.0.2.9", {"mgmt_ip": "10.0.0.1"}, "mgmt_ip"),
    ],
)
def test_what_is_wrong_with_a_new_device_is_said(
    devices: list[Device], operator: User, address: str | None, change: dict[str, str], words: str
) -> None:
    row = neighbour(devices[0], "core-9", address=address)
    body = {"hostname": "core-9", "platform": "frr", "site": devices[0].site_id} | change
    answer = asking(operator).post(f"{NEIGHBOURS}{row.pk}/device/", body, "json")
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert Device.objects.count() == 3


@pytest.mark.parametrize("address", [LINKS, NEIGHBOURS])
def test_lists_take_as_many_queries_for_three_rows_as_for_one(
    devices: list[Device], viewer: User, address: str, django_assert_num_queries: Any
) -> None:
    client = asking(viewer)
    link(devices[0], devices[1])
    neighbour(devices[0], "core-1", remote=devices[1])
    with CaptureQueriesContext(connection) as one:
        assert len(names(client.get(address))) == 1
    for number in range(2, 4):
        link(devices[1], devices[2], interface_a=f"eth{number}")
        neighbour(devices[1], f"core-{number}", remote=devices[2])
    with django_assert_num_queries(len(one)):
        assert len(names(client.get(address))) == 3


def fields(refused: Any) -> list[str]:
    return [error["field"] for error in refused.json()["errors"]]


def way(client: APIClient, start: Device, end: Device, more: str = "") -> tuple[list[str], list[int]]:
    answer: Any = client.get(f"{LINKS}way/?start={start.pk}&end={end.pk}{more}")
    assert answer.status_code == 200, answer.json()
    found = answer.json()
    return [device["hostname"] for device in found["devices"]], [row["id"] for row in found["links"]]


def test_the_way_between_two_devices_takes_the_fewest_links(
    devices: list[Device], make_device: MakeDevice, acme: Customer, viewer: User
) -> None:
    r1, r2, r3 = devices
    r4, alone = make_device(acme, "r4"), make_device(acme, "r5")
    first, again, second = link(r1, r2), link(r1, r2, interface_a="eth9"), link(r3, r2)
    third, short = link(r3, r4), link(r4, r1, "vanished")
    client = asking(viewer)

    assert way(client, r1, r4) == (["r1", "r4"], [short.pk])
    assert way(client, r1, r4, "&state=proven&state=conflict") == (
        ["r1", "r2", "r3", "r4"], [first.pk, second.pk, third.pk],
    )  # fmt: skip
    assert way(client, r4, r1, "&state=proven")[0] == ["r4", "r3", "r2", "r1"]
    assert again.pk not in way(client, r1, r3)[1]
    assert way(client, r1, r1) == (["r1"], [])
    assert way(client, r1, alone) == ([], [])


def test_a_way_needs_devices_that_are_seen(
    devices: list[Device], make_device: MakeDevice, globex: Customer, viewer: User
) -> None:
    client, foreign = asking(viewer), make_device(globex, "g1")
    for query, field in (
        (f"start={devices[0].pk}", "end"),
        (f"start=x&end={devices[0].pk}", "start"),
        (f"start={devices[0].pk}&end={devices[1].pk}&state=wet", "state"),
        (f"start={devices[0].pk}&end={devices[1].pk}&by=car", "by"),
    ):
        answer: Any = client.get(f"{LINKS}way/?{query}")
        assert (answer.status_code, fields(answer)) == (400, [field]), query
    for unseen in (foreign.pk, 2**62):
        assert client.get(f"{LINKS}way/?start={devices[0].pk}&end={unseen}").status_code == 404


def test_a_layout_is_kept_for_its_user_alone(
    devices: list[Device], acme: Customer, globex: Customer, viewer: User, operator: User
) -> None:
    address = f"/api/v1/customers/{acme.pk}/topology-layout/"
    client = asking(viewer)
    assert client.get(address).json() == {"positions": {}}

    positions = {str(devices[0].pk): [1.5, -20], str(10**17): [0, 0]}
    answer: Any = client.put(address, {"positions": positions}, format="json")
    kept = {"positions": {str(devices[0].pk): [1.5, -20.0]}}
    assert (answer.status_code, answer.json(), client.get(address).json()) == (200, kept, kept)
    assert asking(operator).get(address).json() == {"positions": {}}

    for wrong in ({"x": [1, 2]}, {"1": [1]}, {"1": [1, True]}, {"1": [1, 1e9]}, [], None):
        refused: Any = client.put(address, {"positions": wrong}, format="json")
        assert (refused.status_code, fields(refused)) == (400, ["positions"]), wrong
    assert client.get(address).json() == kept
    assert client.get(f"/api/v1/customers/{globex.pk}/topology-layout/").status_code == 404

    assert client.delete(address).status_code == 204
    assert client.get(address).json() == {"positions": {}}
