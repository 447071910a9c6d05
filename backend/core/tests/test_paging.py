"""Any page of a long list is what a slice of the whole would be."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Case, F, When

from core.paging import LongList
from core.postgresql.plans import in_index_order
from core.tenancy import EVERY, Scope, within
from customers.models import Customer
from devices.models import Device, Site
from devices.selectors import DEVICE_ORDERS, FEW, in_order, platforms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def devices(acme: Customer, globex: Customer) -> None:
    """Of two customers, at sites of the same names."""
    named = ((acme, "B"), (acme, "A"), (acme, "C"), (globex, "B"))
    sites = [Site.objects.create(customer=customer, name=name) for customer, name in named]
    for n in range(23):
        site = sites[n % 4]
        Device.objects.create(
            customer=site.customer, site=site, hostname=f"r{n * 7 % 23:02}", mgmt_ip=f"10.0.0.{n}",
            platform=("ios", "eos", "frr")[n % 3],
        )  # fmt: skip


@pytest.mark.parametrize("few", [(), FEW])
@pytest.mark.parametrize("sort", [*DEVICE_ORDERS, *(f"-{name}" for name in DEVICE_ORDERS)])
def test_every_page_is_a_slice_of_the_whole(devices: None, sort: str, few: tuple[str, ...]) -> None:
    rows = in_order(Device.objects.all(), sort)
    whole = list(rows.values_list("pk", flat=True))
    found = LongList(rows, few)
    assert found.total == 23
    for start in range(24):
        assert found.ids(start, start + 5) == whole[start : start + 5]


@pytest.mark.parametrize("sort", [*DEVICE_ORDERS, *(f"-{name}" for name in DEVICE_ORDERS)])
def test_a_long_list_is_walked_along_to_the_same_pages(
    devices: None, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.paging.MANY", 10)
    monkeypatch.setattr("core.paging.DEEP", 2)
    test_every_page_is_a_slice_of_the_whole(devices, sort, ())


def test_which_lists_are_walked_along(devices: None, monkeypatch: pytest.MonkeyPatch, acme: Customer) -> None:
    monkeypatch.setattr("core.paging.MANY", 10)
    monkeypatch.setattr("core.paging.DEEP", 2)
    asked: list[str] = []
    monkeypatch.setattr("core.paging.in_index_order", lambda alias: asked.append(alias) or nullcontext())

    def walked(scope: Scope, start: int = 5, sort: str = "hostname") -> bool:
        asked.clear()
        with within(scope):
            LongList(in_order(Device.objects.all(), sort), total=23).ids(start, start + 1)
        return asked == ["default"]

    one = frozenset({acme.pk})
    assert walked(EVERY) and walked(one)
    assert not walked(one | {acme.pk + 1})  # the index of all customers' rows may be a hundred times as long
    assert not walked(one, start=1) and not walked(one, start=22)  # near an end few are sorted
    assert not walked(one, sort="site")  # another table's column


@pytest.mark.services
@pytest.mark.skipif(settings.EMBEDDED, reason="SQLite's planner is left alone")
def test_the_planner_is_told_for_one_query_alone() -> None:
    def sorts() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('enable_sort'), current_setting('jit')")
            return list(cursor.fetchone())

    before = sorts()
    with in_index_order("default"):
        assert sorts() == ["off", "off"]
    assert sorts() == before  # though the test's transaction goes on
    with pytest.raises(LookupError), in_index_order("default"):
        raise LookupError
    assert sorts() == before


def test_equal_names_are_one_group(devices: None) -> None:
    rows = Device.objects.order_by(F("site__name").desc(), "hostname", "pk")
    whole = list(rows.values_list("pk", flat=True))
    assert [LongList(rows, FEW).ids(start, start + 1)[0] for start in range(23)] == whole


@pytest.mark.parametrize("many", [10, 1000])
def test_a_list_in_the_order_of_an_expression(devices: None, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.paging.MANY", many)
    monkeypatch.setattr("core.paging.DEEP", 2)
    rank = Case(When(platform="frr", then=0), When(platform="eos", then=1), default=2)
    for rows in (Device.objects.order_by(rank, "pk"), Device.objects.order_by(rank.desc(), "pk")):
        whole = list(rows.values_list("pk", flat=True))
        assert [LongList(rows).ids(start, start + 1)[0] for start in range(23)] == whole


def test_a_list_without_rows() -> None:
    found = LongList(in_order(Device.objects.all(), "site"), FEW)
    assert (found.total, found.ids(0, 50)) == (0, [])


def test_platforms_that_there_are(devices: None) -> None:
    assert platforms_of(Device.objects.all()) == ["eos", "frr", "ios"]
    assert platforms_of(Device.objects.filter(platform="frr")) == ["frr"]
    assert platforms_of(Device.objects.filter(hostname__contains="%s")) == []
    assert platforms_of(Device.objects.none()) == []


def test_platforms_cost_one_statement(devices: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        platforms_of(Device.objects.select_related("site").order_by("hostname"))
