"""Facts and interfaces by clicking: none yet, read once, many of them searched and filtered, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NAMES
from tests.processes.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

Open = Callable[[str], Page]
MANY = """
from django.utils import timezone
from devices.models import Device
from discovery.models import DeviceFacts, Interface, InterfaceAddress, sort_key
now, device = timezone.now(), Device.objects.get(hostname=name)
common = {"customer_id": device.customer_id, "device": device}
DeviceFacts.objects.create(read_at=now, interfaces_read_at=now, booted_at=now, **common)
rows = Interface.objects.bulk_create(
    Interface(name=f"Ethernet{n}", sort_key=sort_key(f"Ethernet{n}"), description=f"server {n} in a rack far away",
              enabled=n % 9 != 0, up=n % 3 != 0, mtu=9214, speed_kbps=25_000_000, mac=f"00:11:22:33:00:{n:02X}",
              last_seen_at=now, **common)
    for n in range(1, 200)
)
InterfaceAddress.objects.bulk_create(
    InterfaceAddress(customer_id=device.customer_id, interface=row, address=f"10.0.{n}.1", prefix_length=24)
    for n, row in enumerate(rows, 1)
)
answer = None
"""


def interfaces_of(name: str, page: Page) -> Page:
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("navigation", name="Device").get_by_role("link", name="Interfaces").click()
    page.wait_for_url("**/interfaces/")
    return page


def test_facts_are_read_from_the_empty_tab(open_as: Open) -> None:
    page = interfaces_of(NAMES[0], open_as("operator"))
    tab = page.url
    expect(page.locator("main")).to_contain_text("No interface of this device is known yet")
    page.locator(".empty").get_by_role("button", name="Read facts").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    expect(page.locator("#job-status")).to_contain_text("Succeeded", timeout=60_000)
    expect(page.locator("main")).to_contain_text(re.compile(r"\d+ interfaces"))
    page.goto(tab)
    expect(page.locator("#interface-table tbody tr").first).to_be_visible()
    expect(page.locator("#interface-table")).to_contain_text("Up")
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("main")).to_contain_text("facts read")


def test_many_interfaces_are_searched_and_fit_a_narrow_screen(open_as: Open, site: Installation) -> None:
    site.python(MANY, name=NAMES[1])
    page = interfaces_of(NAMES[1], open_as("viewer"))
    rows = page.locator("#interface-table tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_label("Search interfaces").last.fill("10.0.177.")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Ethernet177")
    page.get_by_label("Search interfaces").last.fill("")
    expect(rows).to_have_count(50)
    page.get_by_label("State").select_option("off")
    expect(rows).to_have_count(22)
    expect(page).to_have_url(re.compile(r"state=off"))
    page.set_viewport_size({"width": 390, "height": 800})
    expect(rows.first).to_be_visible()
    assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
