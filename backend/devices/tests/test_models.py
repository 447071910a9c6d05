"""What a device and what belongs to it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from customers.models import Customer, CustomerIPRange
from devices.models import Device, Site, Tag

pytestmark = pytest.mark.django_db

WRONG = [
    ({"mgmt_ip": "192.0.2.1"}, "mgmt_ip"),  # outside the ranges
    ({"mgmt_ip": "10.0.0"}, "mgmt_ip"),
    ({"mgmt_ip": ""}, "mgmt_ip"),
    ({"platform": "vms"}, "platform"),
    ({"hostname": ""}, "hostname"),
    ({"hostname": "-r1"}, "hostname"),
    ({"hostname": "r1 <b>"}, "hostname"),
    ({"hostname": "r" * 254}, "hostname"),
    ({"port": 0}, "port"),
    ({"port": 65536}, "port"),
    ({"role": "president"}, "role"),
]


@pytest.mark.parametrize(("fields", "named"), WRONG)
def test_device_is_refused_by_its_form(device: Device, fields: dict[str, Any], named: str) -> None:
    CustomerIPRange.objects.create(customer=device.customer, cidr="10.0.0.0/8")
    device.full_clean()
    for name, value in fields.items():
        setattr(device, name, value)
    with pytest.raises(ValidationError) as refused:
        device.full_clean()
    assert named in refused.value.message_dict


def test_site_and_credential_of_another_customer_are_refused_in_words(device: Device, foreign_device: Device) -> None:
    device.site, device.credential = foreign_device.site, foreign_device.credential
    with pytest.raises(ValidationError) as refused:
        device.full_clean()
    assert refused.value.message_dict == {
        "site": ["This site belongs to another customer."],
        "credential": ["This credential belongs to another customer."],
    }


NEVER: list[dict[str, Any]] = [
    {"port": 65536},
    {"hostname": ""},
    {"reachability": "maybe"},
    {"role": "president"},
    {"last_backup": "perhaps"},
    {"hostname": "acme-r2"},
    {"mgmt_ip": "10.7.7.7"},
]


@pytest.mark.parametrize("fields", NEVER, ids=str)
def test_database_refuses_what_no_device_can_be(
    device: Device, make_device: Callable[..., Device], fields: dict[str, Any]
) -> None:
    make_device(device.customer, "acme-r2", mgmt_ip="10.7.7.7")
    with pytest.raises(IntegrityError), transaction.atomic():
        Device.objects.filter(pk=device.pk).update(**fields)


def test_two_customers_may_have_the_same_names_and_addresses(
    make_device: Callable[..., Device], acme: Customer, globex: Customer
) -> None:
    for customer in (acme, globex):
        make_device(customer, "r1", mgmt_ip="10.7.7.7")
        Tag.objects.create(customer=customer, name="core")


PLACES = [
    ((None, None), True),
    ((59.9, 10.7), True),
    ((91, 10.7), False),
    ((59.9, -181), False),
    ((59.9, None), False),
]


@pytest.mark.parametrize(("place", "taken"), PLACES)
def test_site_is_on_earth(acme: Customer, place: tuple[float | None, float | None], taken: bool) -> None:
    try:
        with transaction.atomic():
            Site.objects.create(customer=acme, name="Oslo", latitude=place[0], longitude=place[1])
    except IntegrityError:
        assert not taken
    else:
        assert taken
