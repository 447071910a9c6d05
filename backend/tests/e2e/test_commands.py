"""Show commands by clicking: refused before anything runs, live, grouped, compared, as a table and as a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulator import Fault, FaultKind, Fleet
from tests.e2e.conftest import NAMES

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

Open = Callable[[str], Page]
SAME, KNOWN = "show running-config | include ^version", "show ip interface brief"


def test_commands_from_the_list_to_a_file(open_as: Open, fleet: Fleet) -> None:
    for name, version in zip(NAMES, ("15.2", "17.9", "15.2"), strict=False):
        text = fleet[name].running_config
        fleet[name].set_running_config(re.sub(r"^version .*$", f"version {version}", text, count=1, flags=re.MULTILINE))
    page = open_as("operator")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    for name in NAMES[:3]:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Show commands").click()

    commands = page.get_by_role("textbox", name="Commands")
    commands.fill(f"{SAME}\nreload")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("main")).to_contain_text("'reload' on Cisco IOS / IOS XE: 'reload' is not known to only read")
    expect(commands).to_have_value(f"{SAME}\nreload")

    commands.fill(f"{SAME}\n{KNOWN}")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    expect(page.locator("#log-lines")).to_contain_text(f"{SAME}: 1 line", timeout=30_000)
    expect(page.locator("#job-status")).to_contain_text("Succeeded", timeout=60_000)
    expect(page.locator("#job-targets")).to_contain_text("2 of 2 commands answered")

    page.get_by_role("link", name="Outputs").click()
    expect(page.locator("#groups tbody tr")).to_have_count(2)
    expect(page.locator("#answer")).to_contain_text("2 devices")
    page.locator("#groups").get_by_role("link").last.click()
    expect(page.locator("#answer")).to_contain_text(NAMES[1])
    page.get_by_role("link", name="Difference").click()
    expect(page.locator("#answer")).to_contain_text("Against the answer of the most devices (2)")
    expect(page.locator("#answer ins")).to_contain_text("17.9")

    page.get_by_role("link", name=KNOWN).click()
    page.get_by_role("link", name="Table").click()
    expect(page.get_by_role("columnheader", name="ip_address")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text()
    assert text.splitlines()[0] == "device,command,problem,cut,took_ms,output"
    assert f"{NAMES[2]},{KNOWN}" in text


def test_answers_come_by_themselves(open_as: Open, fleet: Fleet) -> None:
    fleet[NAMES[2]].set_fault(Fault(FaultKind.HANGS))
    page = open_as("operator")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    for name in NAMES[:3]:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Show commands").click()
    page.get_by_role("textbox", name="Commands").fill(KNOWN)
    page.get_by_role("spinbutton", name="Timeout of a command").fill("15")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    page.get_by_role("link", name="Outputs").click()

    expect(page.locator("#following")).to_be_visible()
    expect(page.locator("#groups")).to_contain_text(NAMES[0], timeout=30_000)
    expect(page.locator("#status")).to_contain_text("Partial", timeout=60_000)
    expect(page.locator("#following")).to_have_count(0)
    expect(page.locator("#groups")).to_contain_text(NAMES[1])
    fleet[NAMES[2]].set_fault(None)


def test_commands_from_a_devices_page_and_the_form_of_a_new_job(open_as: Open) -> None:
    page = open_as("operator")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("link", name=NAMES[0], exact=True).click()
    page.get_by_role("button", name="Show commands").click()
    expect(page.locator("main")).to_contain_text(NAMES[0])
    page.get_by_role("textbox", name="Commands").fill("show nonsense")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#job-status")).to_contain_text("Failed", timeout=60_000)
    expect(page.locator("#job-targets")).to_contain_text("% Invalid input")

    page.goto("/jobs/new/")
    expect(page.get_by_role("textbox", name="Commands")).to_be_hidden()
    page.get_by_label("Show commands").check()
    expect(page.get_by_role("textbox", name="Commands")).to_be_visible()
