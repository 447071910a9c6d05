"""The device list: what it shows, filters, sorts and pages, and what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device, Site, Tag
from users.models import User

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def as_operator(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def fleet(acme: Customer, make_device: MakeDevice) -> dict[str, Device]:
    """Four devices that every filter tells apart."""
    now = timezone.now()
    london = Site.objects.create(customer=acme, name="London")
    rows = {
        "ams-core": make_device(acme, "ams-core", platform="ios", role="core", reachability="reachable", serial="FDO1"),
        "ams-edge": make_device(acme, "ams-edge", platform="eos", role="edge", enabled=False, mgmt_ip="10.9.9.1"),
        "lon-core": make_device(acme, "lon-core", role="core", site=london, backed_up_at=now - timedelta(days=3)),
        "lon-edge": make_device(acme, "lon-edge", role="edge", site=london, backed_up_at=now, last_backup="failed"),
    }
    rows["ams-edge"].tags.add(Tag.objects.create(customer=acme, name="transit"))
    return rows


def names(client: Client, query: str) -> list[str]:
    response = client.get(f"/devices/?{query}", headers=FRAGMENT)
    assert response.status_code == 200
    return re.findall(r'class="row-link" [^>]*title="([^"]+)"', response.text)


def test_a_row_leads_to_its_device(as_operator: Client, fleet: dict[str, Device]) -> None:
    page = as_operator.get("/devices/", headers=FRAGMENT).text
    links = dict(re.findall(r'class="row-link" href="([^"]+)" title="([^"]+)"', page))
    assert links == {reverse("ui:device_detail", args=[device.pk]): name for name, device in fleet.items()}


FILTERS = {
    "": ["ams-core", "ams-edge", "lon-core", "lon-edge"],
    "q=core": ["ams-core", "lon-core"],
    "q=LON": ["lon-core", "lon-edge"],
    "q=9.9": ["ams-edge"],
    "q=fdo1": ["ams-core"],
    "q=ams+edge": ["ams-edge"],
    "q=%25": [],
    "platform=eos": ["ams-edge"],
    "role=edge": ["ams-edge", "lon-edge"],
    "reachability=reachable": ["ams-core"],
    "enabled=false": ["ams-edge"],
    "enabled=true&role=edge": ["lon-edge"],
    "backup=never": ["ams-core", "ams-edge"],
    "backup=stale": ["lon-core"],
    "backup=fresh": ["lon-edge"],
    "backup=failing": ["lon-edge"],
    "platform=": ["ams-core", "ams-edge", "lon-core", "lon-edge"],
    "platform=nonsense": [],
    "site=x": [],
    "enabled=perhaps": [],
    "customer=999999": [],
}


@pytest.mark.parametrize("query", FILTERS)
def test_filter(as_operator: Client, fleet: dict[str, Device], query: str) -> None:
    assert names(as_operator, query) == FILTERS[query]


def test_filter_by_site_and_tag(as_operator: Client, fleet: dict[str, Device]) -> None:
    tag = fleet["ams-edge"].tags.get()
    assert names(as_operator, f"site={fleet['lon-core'].site_id}") == ["lon-core", "lon-edge"]
    assert names(as_operator, f"tag={tag.pk}") == ["ams-edge"]


@pytest.mark.parametrize("named", [0, 1, 3000])
@pytest.mark.parametrize("sort", ["hostname", "-site", "customer"])
def test_what_was_found_is_counted(
    as_operator: Client, fleet: dict[str, Device], monkeypatch: pytest.MonkeyPatch, sort: str, named: int
) -> None:
    """Whether few enough were found that they are named, or too many."""
    monkeypatch.setattr("devices.filters.NAMED", named)
    tag = fleet["ams-edge"].tags.get()
    fleet["lon-edge"].tags.add(tag)
    for query in (f"tag={tag.pk}", "q=lon", f"tag={tag.pk}&q=lon", "q=lon&role=edge", f"tag={tag.pk}&q=+"):
        page = as_operator.get(f"/devices/?{query}&sort={sort}", headers=FRAGMENT).context["page"]
        assert page.paginator.count == len(page), query


def test_what_was_found_is_not_looked_for_again(as_operator: Client, fleet: dict[str, Device]) -> None:
    with CaptureQueriesContext(connection) as captured:
        as_operator.get("/devices/?q=core", headers=FRAGMENT)
    assert not [one["sql"] for one in captured if "COUNT(" in one["sql"]]
    assert len([one["sql"] for one in captured if "LIKE" in one["sql"]]) == 1


def test_foreign_site_is_as_unknown_as_one_that_does_not_exist(
    as_operator: Client, fleet: dict[str, Device], foreign_device: Device
) -> None:
    foreign = as_operator.get(f"/devices/?site={foreign_device.site_id}", headers=FRAGMENT).text
    nobodys = as_operator.get("/devices/?site=999999", headers=FRAGMENT).text
    assert re.findall(r"<p>.*?</p>", foreign) == re.findall(r"<p>.*?</p>", nobodys)
    assert "Site: Select a valid choice" in nobodys
    assert "No device matches" in nobodys


ORDERS = {
    "hostname": ["ams-core", "ams-edge", "lon-core", "lon-edge"],
    "-hostname": ["lon-edge", "lon-core", "ams-edge", "ams-core"],
    "role": ["ams-core", "lon-core", "ams-edge", "lon-edge"],
    "site": ["ams-core", "ams-edge", "lon-core", "lon-edge"],
    "-site": ["lon-edge", "lon-core", "ams-edge", "ams-core"],
    "backup": ["ams-core", "ams-edge", "lon-core", "lon-edge"],
    "-backup": ["lon-edge", "lon-core", "ams-edge", "ams-core"],
    "nonsense": ["ams-core", "ams-edge", "lon-core", "lon-edge"],
}


@pytest.mark.parametrize("sort", ORDERS)
def test_sort(as_operator: Client, fleet: dict[str, Device], sort: str) -> None:
    assert names(as_operator, f"sort={sort}") == ORDERS[sort]


@pytest.mark.parametrize(
    "sort", ["hostname", "-hostname", "site", "-site", "backup", "-backup", "mgmt_ip", "reachability", "customer"]
)
def test_pages_show_every_device_once(as_operator: Client, acme: Customer, make_device: MakeDevice, sort: str) -> None:
    sites = [Site.objects.create(customer=acme, name=f"Site {number % 3}{number}") for number in range(7)]
    for number in range(60):
        make_device(acme, f"r{number % 10}-{number:02}", site=sites[number % 7])
    seen = [name for page in (1, 2, 3) for name in names(as_operator, f"sort={sort}&size=25&page={page}")]
    assert len(seen) == len(set(seen)) == 60


@pytest.mark.parametrize(
    ("page", "shown"), [("0", 1), ("-1", 1), ("x", 1), ("99999999999", 1), ("2", 2), ("3", 3), ("9", 3)]
)
def test_page_out_of_range_is_the_nearest(
    as_operator: Client, acme: Customer, make_device: MakeDevice, page: str, shown: int
) -> None:
    for number in range(60):
        make_device(acme, f"r{number:02}")
    response = as_operator.get(f"/devices/?size=25&page={page}")
    assert response.context["page"].number == shown


def queries(client: Client, url: str, **headers: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, **headers).status_code == 200
    return len(captured)


@pytest.mark.parametrize("sort", ["hostname", "site", "-backup"])
def test_queries_do_not_grow_with_rows(as_operator: Client, acme: Customer, make_device: MakeDevice, sort: str) -> None:
    make_device(acme, "r1")
    few = (
        queries(as_operator, f"/devices/?sort={sort}"),
        queries(as_operator, f"/devices/?sort={sort}", headers=FRAGMENT),
    )
    for number in range(2, 40):
        make_device(acme, f"r{number}", site=Site.objects.create(customer=acme, name=f"Site {number}"))
    many = (
        queries(as_operator, f"/devices/?sort={sort}"),
        queries(as_operator, f"/devices/?sort={sort}", headers=FRAGMENT),
    )
    assert few == many


def test_fragment_is_the_table_and_cleans_the_address(as_operator: Client, fleet: dict[str, Device]) -> None:
    response = as_operator.get("/devices/?q=core&site=&platform=&size=", headers=FRAGMENT)
    assert "<html" not in response.text
    assert response["HX-Push-Url"] == "/devices/?q=core"
    assert "HX-Request" in response["Vary"]


def test_no_devices_says_so(as_operator: Client) -> None:
    assert "No devices yet" in as_operator.get("/devices/").text


def test_no_match_offers_all(as_operator: Client, fleet: dict[str, Device]) -> None:
    assert "No device matches" in as_operator.get("/devices/?q=nothing-like-it").text


def test_viewer_gets_no_actions(client: Client, viewer: User, fleet: dict[str, Device]) -> None:
    client.force_login(viewer)
    for headers in ({}, FRAGMENT):
        text = client.get("/devices/", headers=headers).text
        assert "Back up" not in text
        assert "data-pick" not in text


def test_customer_column_and_filter_only_for_who_sees_several(
    client: Client, operator: User, acme: Customer, globex: Customer, device: Device, foreign_device: Device
) -> None:
    client.force_login(operator)
    assert 'name="customer"' not in client.get("/devices/").text.split("</header>")[1]
    operator.customers.add(globex)
    text = client.get("/devices/").text.split("</header>")[1]
    assert 'name="customer"' in text
    assert globex.name in text
    client.post("/switch-customer/", {"customer": acme.pk})
    assert names(client, "") == ["acme-r1"]


def test_another_customer_takes_away_the_choices_that_were_of_the_former(
    client: Client, operator: User, acme: Customer, device: Device
) -> None:
    client.force_login(operator)
    back = "/devices/?role=core&customer=7&site=3&tag=2&page=4&sort=-hostname"
    response = client.post("/switch-customer/", {"customer": acme.pk, "next": back})
    assert response.url == "/devices/?role=core&sort=-hostname"


@pytest.mark.parametrize("back", ["7", "devices", "", "http://elsewhere.example/", "//elsewhere.example/"])
def test_another_customer_leads_to_the_dashboard_where_the_way_back_is_no_page_of_ours(
    as_operator: Client, acme: Customer, back: str
) -> None:
    response = as_operator.post("/switch-customer/", {"customer": acme.pk, "next": back})
    assert response.url == "/"


def test_hostile_facts_of_a_device_are_text(as_operator: Client, acme: Customer, make_device: MakeDevice) -> None:
    site = Site.objects.create(customer=acme, name="<script>alert(1)</script>")
    device = make_device(acme, "r1", site=site, os_version="<img src=x onerror=alert(1)>", platform="gone")
    for url in ("/devices/", f"/devices/{device.pk}/"):
        text = as_operator.get(url).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
