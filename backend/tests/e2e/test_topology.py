"""Topology by clicking: from a discovery to the graph, a path, a place that is kept, and a neighbour that is added."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from simulator import DeviceSpec, Fleet, FleetThread, Link
from simulator.wiring import ports_of, ring, wired
from tests.e2e.conftest import LOGIN, NAMES

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

Open = Callable[[str], Page]
FIND = "name => document.getElementById('topology').cytoscape.nodes().filter(node => node.data('name') === name)"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Six switches in a ring; the first one hears another that nobody knows."""
    specs = wired([DeviceSpec(name, role="switch", **LOGIN) for name in NAMES], ring(NAMES), tell_addresses=False)
    unknown = Link(ports_of(specs[0])[-1], "core-9", "Ethernet1", "192.0.2.9")
    with FleetThread([replace(specs[0], links=(*specs[0].links, unknown)), *specs[1:]]) as running:
        yield running


def discover(page: Page) -> None:
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Discover neighbours").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    expect(page.locator("#job-status")).to_contain_text(re.compile("Succeeded|Partial"), timeout=90_000)


def at(page: Page, name: str) -> dict[str, float]:
    place: dict[str, float] = page.evaluate(f"name => ({FIND})(name).position()", name)
    return place


def drag(page: Page, name: str) -> None:
    box: Any = page.locator("[data-topology-graph]").bounding_box()
    place = page.evaluate(f"name => ({FIND})(name).renderedPosition()", name)
    x, y = box["x"] + place["x"], box["y"] + place["y"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 25, y + 20, steps=4)
    page.mouse.move(x + 50, y + 40, steps=4)
    page.mouse.up()


def test_from_a_discovery_to_the_graph_and_a_new_device(open_as: Open, fleet: Fleet) -> None:
    page = open_as("operator")
    discover(page)

    page.get_by_role("link", name="Topology", exact=True).first.click()
    topology, words = page.locator("#topology"), page.locator("[data-topology-words]")
    expect(topology).to_have_attribute("data-drawn", "6")
    expect(words).to_have_text("6 of 6 devices and 6 of 6 links are shown.")

    page.get_by_label("Path from").fill(NAMES[0])
    page.get_by_label("Path to").fill(NAMES[2])
    page.get_by_role("button", name="Show path").click()
    expect(words).to_contain_text(f"2 links: {NAMES[0]}")
    expect(words).to_contain_text(NAMES[1])
    assert page.evaluate("document.getElementById('topology').cytoscape.edges('.path').length") == 2
    page.get_by_role("button", name="Clear").click()

    page.get_by_role("checkbox", name="Proven").uncheck()
    expect(words).to_have_text("6 of 6 devices and 0 of 6 links are shown.")
    page.get_by_role("checkbox", name="Proven").check()
    page.get_by_label("Role", exact=True).select_option("core")
    expect(words).to_have_text("0 of 6 devices and 0 of 6 links are shown.")
    page.get_by_label("Role", exact=True).select_option("")
    page.get_by_label("Find a device").fill(NAMES[3])
    expect(words.get_by_role("link", name=NAMES[3])).to_be_visible()
    page.get_by_label("Find a device").fill("")

    page.get_by_role("button", name="Fit", exact=True).click()  # and no movement goes on
    before = at(page, NAMES[4])
    drag(page, NAMES[4])
    expect(page.locator("[data-topology-graph]")).to_have_attribute("data-kept", "1", timeout=30_000)
    moved = at(page, NAMES[4])
    assert moved != before
    page.reload()
    expect(topology).to_have_attribute("data-drawn", "6")
    again = at(page, NAMES[4])
    assert (again["x"], again["y"]) == pytest.approx((moved["x"], moved["y"]), abs=0.1)

    page.get_by_role("navigation", name="Topology").get_by_role("link", name="Links").click()
    expect(page.locator("#link-table tbody tr")).to_have_count(6)
    expect(page.locator("#link-table").get_by_text("Proven")).to_have_count(6)
    page.get_by_role("navigation", name="Topology").get_by_role("link", name="Unknown neighbours").click()
    page.get_by_role("link", name="Add core-9 as a device").click()
    expect(page.get_by_label("Hostname")).to_have_value("core-9")
    page.get_by_label("Platform").select_option("eos")
    page.get_by_role("button", name="Add device").click()
    expect(page.locator("body")).to_contain_text("core-9 is a device now")
    page.goto("/topology/links/?q=core-9")
    expect(page.locator("#link-table")).to_contain_text("core-9 was never asked")


def test_a_device_that_does_not_answer_shows_in_its_links(open_as: Open, fleet: Fleet) -> None:
    page = open_as("operator")
    fleet[NAMES[1]].set_fault("unreachable")
    discover(page)
    page.goto("/topology/links/?state=one_sided")
    row = page.locator("#link-table tbody tr", has_text=NAMES[2])
    expect(row).to_contain_text(f"{NAMES[1]} does not answer: no TCP connection")


def test_a_viewer_sees_and_adds_nothing(open_as: Open, fleet: Fleet) -> None:
    page = open_as("viewer")
    page.get_by_role("link", name="Topology", exact=True).first.click()
    expect(page.locator("#topology")).to_have_attribute("data-drawn", re.compile(r"\d+"))
    page.goto("/topology/unknown/")
    expect(page.get_by_role("link", name="Add as device")).to_have_count(0)
