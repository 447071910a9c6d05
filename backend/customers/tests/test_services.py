"""Customers and ranges: who makes and changes them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, connection, transaction

from conftest import MakeDevice, make_user
from core.errors import Refused, RowsRefused
from core.models import AuditEvent
from customers import services
from customers.models import Customer, CustomerIPRange
from devices.models import Device
from jobs.models import Job
from tests.threads import at_once
from users.enums import Role
from users.models import APIKey, User
from users.permissions import NotAllowed

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, Any, Any]]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", "before", "after"))


def test_create_customer(superadmin: User) -> None:
    customer = services.create_customer(actor=superadmin, name="Initech & Söhne", api_networks=["192.0.2.0/24"])
    assert (customer.slug, customer.api_networks) == ("initech-sohne", ["192.0.2.0/24"])
    event = AuditEvent.objects.get(action="customer.create")
    assert (event.action, event.customer_id, event.after["name"]) == ("customer.create", customer.pk, "Initech & Söhne")


@pytest.mark.parametrize(
    "values", [{"name": ""}, {"name": "Acme Networks"}, {"name": "!", "slug": ""}, {"name": "x" * 101}]
)
def test_create_customer_refused(superadmin: User, acme: Customer, values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        services.create_customer(actor=superadmin, **values)
    assert Customer.objects.count() == 1


def test_customers_are_made_and_removed_by_who_sees_all(admin: User, operator: User, acme: Customer) -> None:
    for actor in (admin, operator):
        with pytest.raises(NotAllowed):
            services.create_customer(actor=actor, name="Initech")
        with pytest.raises(NotAllowed):
            services.delete_customer(actor=actor, customer=acme)
    assert list(Customer.objects.all()) == [acme]


def test_a_key_of_one_customer_makes_none(superadmin: User, acme: Customer) -> None:
    key = APIKey.objects.create(user=superadmin, name="k", prefix="abc", key_hash="x", scopes=["write"])
    key.customers.add(acme)
    superadmin.api_key = key
    with pytest.raises(NotAllowed, match="see all"):
        services.create_customer(actor=superadmin, name="Initech")


def test_update_customer_by_its_admin(admin: User, acme: Customer) -> None:
    services.update_customer(actor=admin, customer=acme, four_eyes=True, snapshot_retention_days=30, name=acme.name)
    acme.refresh_from_db()
    assert (acme.four_eyes, acme.snapshot_retention_days) == (True, 30)
    assert told() == [
        (
            "customer.change",
            {"four_eyes": False, "snapshot_retention_days": 0},
            {"four_eyes": True, "snapshot_retention_days": 30},
        )
    ]


def test_names_are_changed_by_who_sees_all(admin: User, superadmin: User, acme: Customer, globex: Customer) -> None:
    """Else a name that is taken would tell an admin who the other customers are."""
    for changes in ({"name": globex.name}, {"name": "Nobody"}, {"slug": globex.slug}):
        with pytest.raises(NotAllowed, match="name and slug"):
            services.update_customer(actor=admin, customer=acme, **changes)
    services.update_customer(actor=superadmin, customer=acme, name="Acme")
    with pytest.raises(ValidationError):
        services.update_customer(actor=superadmin, customer=acme, name=globex.name)
    assert Customer.objects.get(pk=acme.pk).name == "Acme"


def test_a_foreign_customer_is_not_there(admin: User, globex: Customer) -> None:
    with pytest.raises(ObjectDoesNotExist):
        services.update_customer(actor=admin, customer=globex, four_eyes=True)
    with pytest.raises(ObjectDoesNotExist):
        services.create_range(actor=admin, customer=globex, cidr="10.0.0.0/8")
    row = CustomerIPRange.objects.create(customer=globex, cidr="10.0.0.0/8")
    with pytest.raises(ObjectDoesNotExist):
        services.update_range(actor=admin, ip_range=row, may_overlap=True)
    with pytest.raises(ObjectDoesNotExist):
        services.delete_range(actor=admin, ip_range=row)


def test_delete_customer(superadmin: User, device: Device, make_job: Callable[..., Job], operator: User) -> None:
    acme = device.customer
    job = make_job(operator, [device])
    with pytest.raises(Refused, match="Acme Networks has 1 device"):
        services.delete_customer(actor=superadmin, customer=acme)
    device.delete()
    with pytest.raises(Refused, match="1 job that has not ended"):
        services.delete_customer(actor=superadmin, customer=acme)
    Job.objects.filter(pk=job.pk).update(status="cancelled", finished_at=job.created_at)
    services.delete_customer(actor=superadmin, customer=acme)
    assert not Customer.objects.exists()
    assert User.objects.get(pk=operator.pk).customers.count() == 0
    assert told()[-1][:2] == (
        "customer.delete",
        {
            "name": "Acme Networks",
            "slug": "acme",
            "four_eyes": False,
            "record_terminal_input": False,
            "backup_after_session": True,
            "snapshot_retention_days": 0,
            "api_networks": [],
        },
    )


def test_ranges(admin: User, acme: Customer) -> None:
    row = services.create_range(actor=admin, customer=acme, cidr="2001:0DB8::/32")
    assert row.cidr == "2001:db8::/32"
    services.update_range(actor=admin, ip_range=row, cidr="10.0.0.0/8", may_overlap=True)
    services.update_range(actor=admin, ip_range=row, cidr="10.0.0.0/8")  # nothing changes: nothing to tell
    services.delete_range(actor=admin, ip_range=row)
    assert told() == [
        ("ip_range.create", {}, {"cidr": "2001:db8::/32", "may_overlap": False}),
        (
            "ip_range.change",
            {"cidr": "2001:db8::/32", "may_overlap": False},
            {"cidr": "10.0.0.0/8", "may_overlap": True},
        ),
        ("ip_range.delete", {"cidr": "10.0.0.0/8", "may_overlap": True}, {}),
    ]
    assert set(AuditEvent.objects.values_list("customer_id", flat=True)) == {acme.pk}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_ranges_are_for_admins(acme: Customer, role: Role) -> None:
    user = make_user("somebody", role, acme)
    row = CustomerIPRange.objects.create(customer=acme, cidr="10.0.0.0/8")
    for work in (
        lambda: services.create_range(actor=user, customer=acme, cidr="11.0.0.0/8"),
        lambda: services.update_range(actor=user, ip_range=row, may_overlap=True),
        lambda: services.delete_range(actor=user, ip_range=row),
    ):
        with pytest.raises(NotAllowed):
            work()


@pytest.mark.parametrize("cidr", ["ten", "10.0.0.1/8", "10.0.0.0/33", "", "x" * 60, "11.1.0.0/16"])
def test_range_refused(admin: User, acme: Customer, globex: Customer, cidr: str) -> None:
    CustomerIPRange.objects.create(customer=globex, cidr="11.0.0.0/8")
    with pytest.raises(ValidationError) as refused:
        services.create_range(actor=admin, customer=acme, cidr=cidr)
    assert list(refused.value.message_dict) == ["cidr"]
    assert "Globex" not in str(refused.value)
    assert not acme.ip_ranges.exists()


def test_a_range_that_would_leave_devices_outside_is_refused(
    admin: User, make_device: MakeDevice, acme: Customer
) -> None:
    for number in range(7):
        make_device(acme, f"r{number}", mgmt_ip=f"10.0.0.{number + 1}")
    with pytest.raises(
        Refused, match="7 devices would stand outside the ranges of Acme Networks: r0, r1, r2, r3, r4 and 2 more"
    ):
        services.create_range(actor=admin, customer=acme, cidr="11.0.0.0/8")
    row = services.create_range(actor=admin, customer=acme, cidr="10.0.0.0/8")
    services.create_range(actor=admin, customer=acme, cidr="11.0.0.0/8")
    for work in (
        lambda: services.update_range(actor=admin, ip_range=row, cidr="10.0.0.2/31"),
        lambda: services.delete_range(actor=admin, ip_range=row),
    ):
        with pytest.raises(Refused, match="would stand outside"):
            work()
    assert sorted(acme.ip_ranges.values_list("cidr", flat=True)) == ["10.0.0.0/8", "11.0.0.0/8"]
    services.delete_ranges(actor=admin, rows=list(acme.ip_ranges.all()))  # none left: every address is the customer's
    assert not acme.ip_ranges.exists()


def test_ranges_that_hold_the_devices_only_together(admin: User, make_device: MakeDevice, acme: Customer) -> None:
    make_device(acme, "r1", mgmt_ip="10.0.0.1")
    make_device(acme, "r2", mgmt_ip="172.16.0.1")
    rows = [{"customer": acme, "cidr": cidr} for cidr in ("10.0.0.0/8", "172.16.0.0/12")]
    with pytest.raises(RowsRefused) as refused:
        services.create_ranges(actor=admin, rows=rows[:1])
    assert list(refused.value.errors) == [0]
    services.create_ranges(actor=admin, rows=rows)
    # a range gives its place to its halves
    first = acme.ip_ranges.get(cidr="10.0.0.0/8")
    services.create_range(actor=admin, customer=acme, cidr="10.0.0.0/9")
    services.update_ranges(actor=admin, changes=[(first, {"cidr": "10.128.0.0/9"})])
    assert not acme.devices_outside()


def test_many_ranges_are_written_or_none(admin: User, acme: Customer) -> None:
    rows = [{"customer": acme, "cidr": cidr} for cidr in ("10.0.0.0/8", "ten", "10.0.0.0/8")]
    with pytest.raises(RowsRefused) as refused:
        services.create_ranges(actor=admin, rows=rows)
    assert sorted(refused.value.errors) == [1, 2]
    assert not CustomerIPRange.objects.exists() and not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_customers_that_take_the_same_addresses_at_once_one_gets_them(acme: Customer, globex: Customer) -> None:
    both_have_written = Barrier(2)

    def take(customer: Customer, cidr: str) -> str:
        try:
            with transaction.atomic():
                CustomerIPRange.objects.create(customer=customer, cidr=cidr)
                if connection.vendor == "postgresql":  # on SQLite the other cannot write before this one has ended
                    with suppress(BrokenBarrierError):
                        both_have_written.wait(1)  # in vain: the second waits for the first
        except IntegrityError:
            return "refused"
        return "taken"

    answers = at_once(lambda: take(acme, "10.0.0.0/8"), lambda: take(globex, "10.1.0.0/16"))
    assert sorted(answers) == ["refused", "taken"]
    assert CustomerIPRange.objects.count() == 1
