"""Address ranges of customers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.test import Client

from conftest import MakeDevice
from customers.models import Customer, CustomerIPRange
from devices.models import Device
from users.models import User

pytestmark = pytest.mark.django_db

OWNED = [
    # ranges, address, whether it is the customer's
    ([], "192.0.2.1", True),
    (["10.0.0.0/8"], "10.200.3.4", True),
    (["10.0.0.0/8"], "11.0.0.1", False),
    (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
    (["10.0.0.0/8"], "2001:db8::1", False),
    (["192.0.2.7/32"], "192.0.2.7", True),
]


@pytest.mark.parametrize(("ranges", "address", "owned"), OWNED)
def test_address_of_a_customer(acme: Customer, ranges: list[str], address: str, owned: bool) -> None:
    for cidr in ranges:
        CustomerIPRange.objects.create(customer=acme, cidr=cidr)
    assert acme.owns_address(address) is owned


CLEAN = [
    # other customer's range, may overlap, our range, may overlap, taken
    ("10.0.0.0/8", False, "11.0.0.0/8", False, True),
    ("10.0.0.0/8", False, "10.1.0.0/16", False, False),
    ("10.1.0.0/16", False, "10.0.0.0/8", False, False),
    ("10.0.0.0/8", True, "10.1.0.0/16", False, False),
    ("10.0.0.0/8", False, "10.1.0.0/16", True, False),
    ("10.0.0.0/8", True, "10.1.0.0/16", True, True),
    ("10.0.0.0/8", False, "::/0", False, True),
    ("192.0.2.0/24", False, "10.0.0.1/8", False, False),  # a host, not a network
    ("192.0.2.0/24", False, "ten", False, False),
]


@pytest.mark.parametrize(("theirs", "they_may", "ours", "we_may", "taken"), CLEAN)
def test_ranges_of_two_customers_overlap_only_when_both_say_so(
    acme: Customer, globex: Customer, theirs: str, they_may: bool, ours: str, we_may: bool, taken: bool
) -> None:
    CustomerIPRange.objects.create(customer=globex, cidr=theirs, may_overlap=they_may)
    row = CustomerIPRange(customer=acme, cidr=ours, may_overlap=we_may)
    if taken:
        row.full_clean()
        return
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert list(refused.value.message_dict) == ["cidr"]
    assert "Globex" not in str(refused.value)


def test_ranges_of_one_customer_may_overlap(acme: Customer) -> None:
    CustomerIPRange.objects.create(customer=acme, cidr="10.0.0.0/8")
    CustomerIPRange(customer=acme, cidr="10.1.0.0/16").full_clean()


def test_network_is_kept_in_one_spelling(acme: Customer) -> None:
    row = CustomerIPRange(customer=acme, cidr="2001:0DB8:0:0::/32")
    row.full_clean()
    assert row.cidr == "2001:db8::/32"


@pytest.mark.parametrize(("cidr", "status"), [("10.0.0.0/8", 302), ("11.0.0.0/8", 200)])
def test_customer_and_ranges_are_made_in_one_form(
    client: Client, superadmin: User, globex: Customer, cidr: str, status: int
) -> None:
    CustomerIPRange.objects.create(customer=globex, cidr="11.0.0.0/8")
    client.force_login(superadmin)
    form = {
        "name": "Initech", "slug": "initech", "snapshot_retention_days": "0",
        "ip_ranges-TOTAL_FORMS": "1", "ip_ranges-INITIAL_FORMS": "0", "ip_ranges-0-cidr": cidr,
    }  # fmt: skip
    assert client.post("/admin/customers/customer/add/", form).status_code == status
    assert Customer.objects.filter(slug="initech").exists() is (status == 302)


RANGE_WRITES: dict[str, Callable[[CustomerIPRange], object]] = {
    "create": lambda row: CustomerIPRange.objects.create(customer=row.customer, cidr="10.1.0.0/16"),
    "create that may": lambda row: CustomerIPRange.objects.create(
        customer=row.customer, cidr="10.1.0.0/16", may_overlap=True
    ),
    "bulk_create": lambda row: CustomerIPRange.objects.bulk_create(
        [CustomerIPRange(customer=row.customer, cidr=cidr) for cidr in ("12.0.0.0/8", "0.0.0.0/0")]
    ),
    "update": lambda row: CustomerIPRange.objects.filter(pk=row.pk).update(cidr="10.0.0.0/30"),
    "raw SQL": lambda row: connection.cursor().execute(
        "UPDATE customers_customeriprange SET cidr = '10.255.255.255/32' WHERE id = %s", [row.pk]
    ),
}


@pytest.mark.parametrize("write", RANGE_WRITES.values(), ids=RANGE_WRITES.keys())
def test_no_writer_lets_ranges_overlap(acme: Customer, globex: Customer, write: Callable[..., object]) -> None:
    CustomerIPRange.objects.create(customer=globex, cidr="10.0.0.0/8")
    row = CustomerIPRange.objects.create(customer=acme, cidr="11.0.0.0/8")
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        write(row)


def test_a_mark_that_is_in_use_stays(acme: Customer, globex: Customer) -> None:
    for customer in (acme, globex):
        CustomerIPRange.objects.create(customer=customer, cidr="10.0.0.0/8", may_overlap=True)
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        CustomerIPRange.objects.filter(customer=acme).update(may_overlap=False)


@pytest.mark.parametrize("cidr", ["ten", "10.0.0.1/8", ""])
def test_no_writer_stores_what_is_no_network(acme: Customer, cidr: str) -> None:
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        CustomerIPRange.objects.create(customer=acme, cidr=cidr)


DEVICE_WRITES: dict[str, Callable[[Device, str], object]] = {
    "save": lambda device, address: Device(
        customer=device.customer, hostname="x", mgmt_ip=address, platform="ios", site=device.site
    ).save(),
    "bulk_create": lambda device, address: Device.objects.bulk_create(
        [
            Device(customer=device.customer, hostname=name, mgmt_ip=ip, platform="ios", site=device.site)
            for name, ip in (("x", "10.9.9.8"), ("y", address))
        ]
    ),
    "update": lambda device, address: Device.objects.filter(pk=device.pk).update(mgmt_ip=address),
    "raw SQL": lambda device, address: connection.cursor().execute(
        "UPDATE devices_device SET mgmt_ip = %s WHERE id = %s", [address, device.pk]
    ),
}


@pytest.mark.parametrize("write", DEVICE_WRITES.values(), ids=DEVICE_WRITES.keys())
@pytest.mark.parametrize(
    ("address", "taken"), [("10.9.9.9", True), ("11.0.0.1", False), ("2001:db8::1", True), ("2001:db9::1", False)]
)
def test_no_writer_puts_a_device_outside(
    device: Device, write: Callable[..., object], address: str, taken: bool
) -> None:
    for cidr in ("10.0.0.0/8", "2001:db8::/32"):
        CustomerIPRange.objects.create(customer=device.customer, cidr=cidr)
    if taken:
        write(device, address)
        return
    with pytest.raises(IntegrityError, match="outside"), transaction.atomic():
        write(device, address)


def test_devices_outside_are_found(make_device: MakeDevice, acme: Customer, globex: Customer) -> None:
    for number, address in enumerate(["10.0.0.1", "11.0.0.1", "2001:db8::1"]):
        make_device(acme, f"r{number}", mgmt_ip=address)
    make_device(globex, "other", mgmt_ip="12.0.0.1")
    assert not acme.devices_outside()
    CustomerIPRange.objects.create(customer=acme, cidr="10.0.0.0/8")
    assert [device.hostname for device in acme.devices_outside()] == ["r1", "r2"]
    CustomerIPRange.objects.create(customer=acme, cidr="::/0")
    assert [device.hostname for device in acme.devices_outside()] == ["r1"]
    assert not globex.devices_outside()


@pytest.mark.parametrize(
    ("cidr", "delete", "status"), [("10.0.0.0/9", "", 302), ("10.128.0.0/9", "", 200), ("10.0.0.0/8", "on", 302)]
)
def test_ranges_of_the_admin_leave_no_device_outside(
    client: Client, superadmin: User, device: Device, cidr: str, delete: str, status: int
) -> None:
    row = CustomerIPRange.objects.create(customer=device.customer, cidr="10.0.0.0/8")
    client.force_login(superadmin)
    form = {
        "name": "Acme", "slug": "acme", "snapshot_retention_days": "0", "api_networks": "[]",
        "ip_ranges-TOTAL_FORMS": "1", "ip_ranges-INITIAL_FORMS": "1", "ip_ranges-0-id": row.pk,
        "ip_ranges-0-customer": device.customer_id, "ip_ranges-0-cidr": cidr, "ip_ranges-0-DELETE": delete,
    }  # fmt: skip
    answer = client.post(f"/admin/customers/customer/{device.customer_id}/change/", form)
    assert (answer.status_code, "outside the ranges: 1" in answer.content.decode()) == (status, status == 200)
