"""What the number of devices is told from agrees with what there is, whoever writes and however."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q

from core.tenancy import EVERY, bound, within
from customers.models import Customer
from devices.counts import recount
from devices.models import Device, DeviceCount, Site

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite counts")


@pytest.fixture
def both(acme: Customer, globex: Customer) -> tuple[Customer, Customer]:
    return acme, globex


def agree(*customers: Customer) -> None:
    assert Device.objects.count() == len(Device.objects.values_list("pk"))
    for customer in customers:
        asked = Device.objects.filter(customer_id__in=[customer.pk])
        assert asked.count() == len(asked.values_list("pk"))


def several(customer: Customer, names: str) -> list[Device]:
    site, _ = Site.objects.get_or_create(customer=customer, name="HQ")
    return [
        Device(customer=customer, site=site, hostname=name, mgmt_ip=f"10.9.0.{ord(name)}", platform="ios")
        for name in names
    ]


def test_it_agrees_after_every_kind_of_write(both: tuple[Customer, Customer]) -> None:
    north, south = both
    for one in several(north, "m"):
        one.save()
    agree(*both)
    Device.objects.bulk_create([*several(north, "abcd"), *several(south, "efg")])
    agree(*both)
    Device.objects.bulk_create([*several(north, "ax"), *several(south, "e")], ignore_conflicts=True)
    agree(*both)
    Device.objects.filter(hostname__in="abe").delete()
    Device.objects.filter(hostname="nobody").delete()
    agree(*both)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Device.objects.bulk_create(several(south, "yz"))
        agree(*both)
        raise ZeroDivisionError
    agree(*both)
    Device.objects.filter(hostname="f").update(platform="eos")
    moved = Device.objects.filter(hostname="g")
    moved.update(customer=north, site=Site.objects.get(customer=north, name="HQ"))
    assert moved.get().customer == north
    agree(*both)
    assert Device.objects.count() == 6


def test_nobodys_are_none(both: tuple[Customer, Customer]) -> None:
    Device.objects.bulk_create(several(both[0], "a"))
    assert Device.objects.filter(customer_id__in=[]).count() == Device.objects.none().count() == 0


def test_any_other_condition_is_counted(both: tuple[Customer, Customer]) -> None:
    north, south = both
    Device.objects.bulk_create([*several(north, "abcd"), *several(south, "efg")])
    mine = Device.objects.filter(customer_id__in=[north.pk])
    asked = {
        mine.filter(hostname="a"): 1, mine.exclude(hostname="a"): 3, mine[1:3]: 2, mine.filter(platform="eos"): 0,
        Device.objects.exclude(customer_id__in=[north.pk]): 3, mine | Device.objects.filter(hostname="g"): 5,
        Device.objects.filter(site_id__in=[]): 0, Device.objects.filter(site__customer_id__in=[south.pk]): 3,
        Device.objects.filter(Q(customer_id__in=[north.pk]) | Q(customer_id__in=[south.pk])): 7,
        Device.objects.filter(customer_id__in=Customer.objects.filter(pk=south.pk)): 3,
        mine.order_by().union(Device.objects.order_by().filter(hostname="g")): 5,
        Device.objects.values("platform").distinct(): 1,
    }  # fmt: skip
    for rows, number in asked.items():
        assert rows.count() == number, str(rows.query)
    assert north.devices.count() == 4  # type: ignore[attr-defined]


@on_postgresql
def test_no_device_is_looked_at(both: tuple[Customer, Customer], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1) as asked:
        Device.objects.filter(customer_id__in=[both[0].pk]).order_by("hostname").select_related("site").count()
    assert '"devices_device"' not in asked[0]["sql"]


@on_postgresql
def test_a_scope_knows_its_own_number(both: tuple[Customer, Customer]) -> None:
    north, south = both
    Device.objects.bulk_create([*several(north, "abcd"), *several(south, "efg")])
    for scope, number in ((EVERY, 7), (frozenset({south.pk}), 3), (frozenset(), 0)):
        with within(scope):
            assert Device.objects.count() == number


@on_postgresql
def test_many_changes_become_one_row_for_each_customer(both: tuple[Customer, Customer]) -> None:
    north, south = both
    for name in "abc":
        Device.objects.bulk_create(several(north, name))
    Device.objects.bulk_create(several(south, "e"))
    Device.objects.filter(customer=south).delete()
    assert DeviceCount.objects.count() == 5
    recount()
    assert list(DeviceCount.objects.values_list("customer", "change")) == [(north.pk, 3)]
    agree(*both)


@on_postgresql
def test_what_was_lost_is_counted_anew(both: tuple[Customer, Customer]) -> None:
    north, south = both
    Device.objects.bulk_create([*several(north, "abcd"), *several(south, "efg")])
    DeviceCount.objects.all().delete()
    DeviceCount.objects.create(customer=south, change=90)
    recount()
    agree(*both)


@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_two_writers_of_one_customer_do_not_wait_for_each_other(acme: Customer) -> None:
    first, second = (several(acme, name) for name in "ab")

    def other() -> None:
        Device.objects.bulk_create(second)
        recount()
        connection.close()

    with transaction.atomic():
        Device.objects.bulk_create(first)
        thread = begun(other)
        thread.join(timeout=20)
        assert not thread.is_alive()
        assert Device.objects.count() == 2
    agree(acme)


@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_counted_anew_twice_at_once_is_counted_once(acme: Customer) -> None:
    Device.objects.bulk_create(several(acme, "abc"))

    def other() -> None:
        recount()
        connection.close()

    with transaction.atomic():
        recount()
        thread = begun(other)
        thread.join(timeout=0.5)
        assert thread.is_alive()  # it waits
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert DeviceCount.objects.count() == 1
    agree(acme)


def begun(work: Callable[[], None]) -> Thread:
    thread = Thread(target=bound(work))
    thread.start()
    return thread


def test_a_removed_customer_leaves_nothing_that_counts(both: tuple[Customer, Customer]) -> None:
    north, south = both
    Device.objects.bulk_create([*several(north, "ab"), *several(south, "e")])
    north.devices.all().delete()  # type: ignore[attr-defined]
    north.sites.all().delete()  # type: ignore[attr-defined]
    north.delete()
    agree(south)
    recount()
    agree(south)
