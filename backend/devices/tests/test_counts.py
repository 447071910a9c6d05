"""What the number of devices is told from agrees with what there is, whoever writes and however."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Q

from core.tenancy import EVERY, bound, within
from customers.models import Customer
from devices.counts import recount
from devices.models import Device, DeviceCount, Site, Tag
from tests.processes.conftest import wait_until

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
    Device.objects.get(hostname="a").tags.set(Tag.objects.create(customer=north, name=name) for name in "xy")
    mine = Device.objects.filter(customer_id__in=[north.pk])
    asked = {
        mine.filter(hostname="a"): 1, mine.exclude(hostname="a"): 3, mine[1:3]: 2, mine.filter(platform="eos"): 0,
        Device.objects.exclude(customer_id__in=[north.pk]): 3, mine | Device.objects.filter(hostname="g"): 5,
        Device.objects.filter(site_id__in=[]): 0, Device.objects.filter(site__customer_id__in=[south.pk]): 3,
        Device.objects.filter(Q(customer_id__in=[north.pk]) | Q(customer_id__in=[south.pk])): 7,
        Device.objects.filter(customer_id__in=Customer.objects.filter(pk=south.pk)): 3,
        mine.order_by().union(Device.objects.order_by().filter(hostname="g")): 5,
        Device.objects.values("platform").distinct(): 1,
        Device.objects.order_by().values("platform").annotate(devices=Count("*")): 1,
        Device.objects.values("tags__name"): 8, Device.objects.annotate(tag=F("tags")): 8,
        Device.objects.alias(number=Count("tags")).filter(number__in=[2]): 1,
        Device.objects.filter(connection_options__port__in=["x"]): 0,
    }  # fmt: skip
    for rows, number in asked.items():
        assert rows.count() == number, str(rows.query)


@on_postgresql
def test_no_device_is_looked_at(both: tuple[Customer, Customer], django_assert_num_queries: Any) -> None:
    north, south = both
    Device.objects.bulk_create([*several(north, "abcd"), *several(south, "efg")])
    mine = Device.objects.filter(customer_id__in=(north.pk,))
    known = {
        Device.objects.all(): 7, mine.order_by("hostname").select_related("customer"): 4,
        mine.filter(customer=north): 4, mine.filter(customer=south): 0, north.devices.all(): 4,  # type: ignore[attr-defined]
        Device.objects.filter(customer__in=[north, south]): 7, Device.objects.filter(customer_id=south.pk): 3,
    }  # fmt: skip
    for rows, number in known.items():
        with django_assert_num_queries(1) as asked:
            assert rows.count() == number, str(rows.query)
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
def test_what_was_lost_is_counted_anew(both: tuple[Customer, Customer], caplog: pytest.LogCaptureFixture) -> None:
    north, south = both
    Device.objects.bulk_create([*several(north, "abcd"), *several(south, "efg")])
    DeviceCount.objects.all().delete()
    DeviceCount.objects.create(customer=south, change=90)
    recount()
    agree(*both)
    assert set(caplog.messages) == {
        f"customer {north.pk} had 4 devices, and 0 were told",
        f"customer {south.pk} had 3 devices, and 90 were told",
    }
    recount()
    assert len(caplog.messages) == 2


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
        wait_until(lambda: waits_for_a_lock() or not thread.is_alive(), 20, "the second waits")
        assert thread.is_alive()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert DeviceCount.objects.count() == 1
    agree(acme)


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'devices_devicecount'::regclass)"
        )
        return bool(cursor.fetchone()[0])


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
