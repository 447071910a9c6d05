"""Reachability by clicking: never checked, checked once, a month of it as a chart in both themes and as a table."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import NAMES
from tests.processes.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

Open = Callable[[str], Page]
HISTORY = """
from datetime import timedelta
from django.utils import timezone
from devices.models import Device
from monitoring.models import ReachabilityCheck
now, device = timezone.now(), Device.objects.get(hostname=name)
def check(minutes):
    dark = 2000 < minutes < 2600
    ms = None if dark else 5.0 + minutes % 7
    return ReachabilityCheck(
        customer_id=device.customer_id, device=device, checked_at=now - timedelta(minutes=minutes),
        state="unreachable" if dark else "reachable", reason="no TCP connection: connection refused" if dark else "",
        tcp_sent=3, tcp_lost=3 if dark else 0, tcp_min_ms=ms and ms - 2, tcp_avg_ms=ms, tcp_max_ms=ms and ms + 3,
        icmp_sent=3, icmp_lost=3 if dark else minutes % 3, icmp_avg_ms=ms and ms - 3,
    )
ReachabilityCheck.objects.bulk_create(check(minutes) for minutes in range(20, 43_000, 20))
answer = None
"""
PAINTED = """canvas => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let at = 0; at < pixels.length; at += 4) {
    if (pixels[at + 3] > 200) colours.add(`${pixels[at] >> 5},${pixels[at + 1] >> 5},${pixels[at + 2] >> 5}`);
  }
  return [...colours].sort().join(" ");
}"""


def painted(canvas: Locator) -> str:
    """The colours that are on it, roughly."""
    expect(canvas).to_have_count(1)
    return str(canvas.evaluate(PAINTED))


def history_of(name: str, page: Page) -> Page:
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="Reachability").click()
    page.wait_for_url("**/reachability/")
    return page


def test_first_check_of_a_device_is_drawn(open_as: Open) -> None:
    page = history_of(NAMES[0], open_as("operator"))
    history = page.url
    expect(page.locator("main")).to_contain_text("This device has never been checked")
    page.get_by_role("button", name="Check reachability").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    expect(page.locator("#job-status")).to_contain_text("Succeeded", timeout=60_000)
    page.goto(history)
    expect(page.locator("#reachability-checks tbody tr")).to_have_count(1)
    expect(page.get_by_role("figure")).to_contain_text("Checks in 24 hours: 1, of which 100 % found")
    assert painted(page.locator(".chart canvas"))


def test_month_of_checks_is_drawn_in_both_themes(open_as: Open, site: Installation) -> None:
    site.python(HISTORY, name=NAMES[1])
    page = history_of(NAMES[1], open_as("viewer"))
    canvas = page.locator(".chart canvas")
    day = painted(canvas)
    for label in ("7 days", "30 days"):
        page.get_by_role("link", name=label).click()
        expect(page.get_by_role("link", name=label)).to_have_attribute("aria-current", "true")
        # an outage, and its bars, are in these ranges alone
        assert painted(canvas) != day
    looks = []
    for theme in ("Light", "Dark"):
        page.get_by_label("Theme").click()
        page.get_by_role("button", name=theme).click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())
        looks.append(painted(canvas))
    assert looks[0] != looks[1]

    page.set_viewport_size({"width": 390, "height": 800})
    expect(canvas).to_be_visible()
    assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
    page.set_viewport_size({"width": 1400, "height": 900})
    expect(page.locator(".chart .u-legend")).not_to_contain_text("ms (")
    page.locator(".chart .u-over").hover()
    expect(page.locator(".chart .u-legend")).to_contain_text(re.compile(r"TCP.*ms \("))

    page.locator("#reachability-checks").get_by_role("link", name="Next").click()
    expect(page.locator("#reachability-checks")).to_contain_text("51–100 of")
    expect(page).to_have_url(re.compile(r"range=30d"))
    expect(canvas).to_have_count(1)
