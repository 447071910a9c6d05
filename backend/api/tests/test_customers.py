"""Customers and address ranges."""

from __future__ import annotations

from typing import Any

import pytest

from api.tests.conftest import As
from conftest import MakeDevice
from customers.models import Customer, CustomerIPRange
from devices.models import Device
from users.models import User

pytestmark = pytest.mark.django_db

CUSTOMERS = "/api/v1/customers/"
RANGES = "/api/v1/ip-ranges/"


def fields_of(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_customers_that_one_sees(as_: As, viewer: User, acme: Customer, globex: Customer) -> None:
    body = as_(viewer).get(CUSTOMERS).json()
    assert [row["name"] for row in body["results"]] == ["Acme Networks"]
    assert body["results"][0] | {"created_at": ""} == {
        "id": acme.pk, "name": "Acme Networks", "slug": "acme", "four_eyes": False,
        "record_terminal_input": False, "backup_after_session": True, "snapshot_retention_days": 0,
        "api_networks": [], "created_at": "",
    }  # fmt: skip
    assert as_(viewer).get(f"{CUSTOMERS}{globex.pk}/").status_code == 404


def test_a_customer_is_made_changed_and_removed(as_: As, superadmin: User) -> None:
    client = as_(superadmin)
    made = client.post(CUSTOMERS, {"name": "Initech", "api_networks": ["127.0.0.0/8"]})
    assert (made.status_code, made.json()["slug"]) == (201, "initech")
    place = made["Location"]
    changed = client.patch(place, {"four_eyes": True, "name": "Initech Ltd"}, headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.json()["name"], changed.json()["four_eyes"]) == (200, "Initech Ltd", True)
    assert client.patch(place, {"four_eyes": False}, headers={"If-Match": made["ETag"]}).status_code == 412
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "Acme Networks", "slug": "other"}, "name"),
        ({"name": "X", "slug": "a b"}, "slug"),
        ({"name": "X", "four_eyes": "yes"}, "four_eyes"),
        ({"name": "X", "snapshot_retention_days": -1}, "snapshot_retention_days"),
        ({"name": "X", "snapshot_retention_days": 10**9}, "snapshot_retention_days"),
        ({"name": "X", "api_networks": ["ten"]}, "api_networks"),
        ({"name": "X", "api_networks": "10.0.0.0/8"}, "api_networks"),
        ({"name": "X", "id": 5}, "id"),
        ({"name": "§§§"}, "slug"),
    ],
)
def test_bad_customer(as_: As, superadmin: User, acme: Customer, body: dict[str, Any], field: str) -> None:
    answer = as_(superadmin).post(CUSTOMERS, body)
    assert (answer.status_code, fields_of(answer)) == (400, [field]), answer.content
    assert Customer.objects.count() == 1


def test_customers_are_made_by_who_sees_all(as_: As, admin: User, operator: User, acme: Customer) -> None:
    for user in (admin, operator):
        assert as_(user).post(CUSTOMERS, {"name": "Initech"}).status_code == 403
        assert as_(user).delete(f"{CUSTOMERS}{acme.pk}/").status_code == 403
    assert as_(operator).patch(f"{CUSTOMERS}{acme.pk}/", {"four_eyes": True}).status_code == 403
    assert as_(admin).patch(f"{CUSTOMERS}{acme.pk}/", {"name": "Other"}).status_code == 403
    assert as_(admin).patch(f"{CUSTOMERS}{acme.pk}/", {"four_eyes": True}).status_code == 200


def test_a_customer_with_devices_stays(as_: As, superadmin: User, device: Device) -> None:
    answer = as_(superadmin).delete(f"{CUSTOMERS}{device.customer_id}/")
    assert (answer.status_code, answer.json()["detail"]) == (409, "Acme Networks has 1 device: remove them first.")


def test_ranges(as_: As, admin: User, viewer: User, acme: Customer, globex: Customer) -> None:
    CustomerIPRange.objects.create(customer=globex, cidr="11.0.0.0/8")
    made = as_(admin).post(RANGES, {"customer": acme.pk, "cidr": "2001:DB8::/32"})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "customer": acme.pk, "cidr": "2001:db8::/32", "may_overlap": False}
    assert as_(viewer).get(RANGES).json()["results"] == [made.json()]
    found = as_(viewer).get(RANGES, {"address": "2001:db8::1"}).json()
    assert (found["count"], as_(viewer).get(RANGES, {"address": "11.0.0.1"}).json()["count"]) == (1, 0)
    assert fields_of(as_(viewer).get(RANGES, {"address": "x"})) == ["address"]
    assert as_(viewer).delete(made["Location"]).status_code == 403
    taken = as_(admin).post(RANGES, {"customer": acme.pk, "cidr": "11.1.0.0/16"})
    assert (taken.status_code, fields_of(taken)) == (400, ["cidr"])
    assert "lobex" not in taken.content.decode()
    assert as_(admin).patch(made["Location"], {"customer": globex.pk}).status_code == 400
    assert as_(admin).delete(made["Location"]).status_code == 204


def test_ranges_that_hold_the_devices_only_together(
    as_: As, admin: User, acme: Customer, make_device: MakeDevice
) -> None:
    make_device(acme, "r1", mgmt_ip="10.0.0.1")
    make_device(acme, "r2", mgmt_ip="172.16.0.1")
    rows = [{"customer": acme.pk, "cidr": cidr} for cidr in ("10.0.0.0/8", "172.16.0.0/12")]
    alone = as_(admin).post(RANGES, rows[0])
    assert alone.status_code == 409
    assert alone.json()["detail"] == "1 device would stand outside the ranges of Acme Networks: r2."
    for query in ("", "?mode=best-effort"):
        answer = as_(admin).post(f"{RANGES}bulk/{query}", rows[:1])
        assert "r2" in answer.content.decode()
        assert not CustomerIPRange.objects.exists()
    assert as_(admin).post(f"{RANGES}bulk/", rows).status_code == 201
    first = CustomerIPRange.objects.get(cidr="10.0.0.0/8")
    assert as_(admin).delete(f"{RANGES}{first.pk}/").status_code == 409
    every = [{"id": pk} for pk in CustomerIPRange.objects.values_list("pk", flat=True)]
    assert as_(admin).post(f"{RANGES}bulk/delete/", every).status_code == 200
