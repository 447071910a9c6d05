"""Leaks of the kinds that happen, planted one by one: each must be found by the checks that the product passes."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

from api.devices.sites import SiteEndpoint, SiteFilter, SiteInput
from api.devices.views import DeviceEndpoint
from api.fields import Related
from core.tenancy import EVERY
from customers.models import Customer
from devices.models import Device, Site
from jobs.models import Job
from tests.isolation import checks, unscoped
from tests.isolation import world as worlds
from tests.isolation.calls import client_for
from tests.isolation.cases import CASES
from tests.isolation.sockets import foreign_sockets
from tests.isolation.test_http import ROUTES
from tests.isolation.world import World


@pytest.fixture
def world(db: None) -> World:
    return worlds.build()


@pytest.fixture(autouse=True)
def one_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's own wall would hold what is planted here in the first one."""
    unscoped._everywhere(monkeypatch, "scope_of", lambda user: EVERY)


def found_by_ids(world: World, key: str) -> list[str]:
    log_in = partial(client_for, world.outsider, ROUTES[key])
    return [fault for call in CASES[key] for fault in checks.foreign_ids(log_in, ROUTES[key], call)]


def found_by_values(world: World, key: str) -> list[str]:
    return checks.foreign_values(partial(client_for, world.outsider, ROUTES[key]), ROUTES[key], CASES[key][:1])


def found_by_bodies(world: World, key: str) -> list[str]:
    return checks.foreign_bodies(partial(client_for, world.outsider, ROUTES[key]), ROUTES[key], CASES[key])


def test_an_export_without_its_selector(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeviceEndpoint, "rows", lambda endpoint: Device.objects.order_by("pk"))
    assert any("wrenlock" in fault for fault in found_by_ids(world, "GET api/v1/devices/export/"))


def test_a_download_without_its_selector(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from config_mgmt.models import ConfigSnapshot

    monkeypatch.setattr("ui.snapshots.shown.snapshots_for", lambda user: ConfigSnapshot.objects.all())
    faults = found_by_ids(world, "GET snapshots/<int:pk>/download/")
    assert any("answers 200, not 404" in fault for fault in faults)


def test_a_filter_that_knows_a_foreign_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows nothing of it: its answer is an empty list, where for an id of nobody's it is an error."""
    known = DeviceEndpoint.filterset_class.base_filters["site"]
    monkeypatch.setattr(known, "queryset", Site.objects.all())
    assert any(" site=" in fault for fault in found_by_values(world, "GET api/v1/devices/"))


def test_an_order_by_what_others_have(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SiteEndpoint.order_by, "peers", "customer__users__customers__name")
    key = "GET api/v1/sites/"
    assert any("peers" in fault for fault in checks.dependence(checks.alone(), ROUTES[key], CASES[key][0]))


def test_a_search_in_what_others_have(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    search = SiteFilter.base_filters["search"]
    monkeypatch.setattr(search, "columns", (*search.columns, "customer__users__customers__name"))
    # a filter set copies its filters, and these are made of what they were given
    monkeypatch.setattr(SiteFilter, "base_filters", {**SiteFilter.base_filters, "search": search})
    assert any(" search=" in fault for fault in found_by_values(world, "GET api/v1/sites/"))


def test_a_related_id_of_a_body_looked_up_among_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def every_customer(user: Any) -> QuerySet[Customer]:
        return Customer.objects.all()

    monkeypatch.setattr(SiteInput._declared_fields["customer"], "_args", (every_customer, "customer"))
    assert any(" customer=7311000" in fault for fault in found_by_bodies(world, "POST api/v1/sites/"))


def test_an_error_that_names_a_foreign_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Related.to_internal_value

    def told(field: Related, data: Any) -> Any:
        try:
            return real(field, data)
        except ValidationError:
            name = Customer.objects.filter(pk=data).values_list("name", flat=True).first() if type(data) is int else ""
            raise ValidationError(f"You do not see {name or 'it'}.") from None

    monkeypatch.setattr(Related, "to_internal_value", told)
    assert any("shows 'wrenlock'" in fault for fault in found_by_bodies(world, "POST api/v1/sites/"))


@pytest.mark.django_db(transaction=True)
async def test_a_socket_that_skips_the_customer(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from channels.db import database_sync_to_async

    world = await database_sync_to_async(worlds.build)()
    monkeypatch.setattr("ui.consumers.feed.jobs_for", lambda user: Job.objects.all())
    key = "WS ws/jobs/<int:job_id>/"
    faults = await foreign_sockets(world.outsider, ROUTES[key], CASES[key][1], "after=0")
    assert any("shows 'wrenlock'" in fault for fault in faults)
