"""A terminal in a real browser: typing, a reload, a dropped server connection, watching, the recording."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NAMES

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

PASTE = """(field, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
Open = Callable[[str], Page]


def open_terminal(page: Page, name: str) -> None:
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="Terminal", exact=True).click()
    expect(page.locator("[data-term-state]")).to_have_text("connected", timeout=20_000)
    shows(page, f"{name}>")


def shows(page: Page, text: str) -> None:
    expect(page.locator(".xterm-rows")).to_contain_text(text, timeout=20_000)


def test_type_reload_enable_and_replay(open_as: Open) -> None:
    page = open_as("operator")
    open_terminal(page, NAMES[0])
    page.keyboard.type("show clock\n")
    shows(page, "CET")
    page.wait_for_url(re.compile(r"session=\d+"))
    page.reload()
    expect(page.locator("[data-term-state]")).to_have_text("connected")
    shows(page, "show clock")  # the screen is what it was
    page.get_by_role("button", name="Enable").click()
    shows(page, f"{NAMES[0]}#")
    expect(page.locator(".xterm-rows")).not_to_contain_text("sim-enable")
    page.keyboard.press("Control+Shift+F")
    page.get_by_role("searchbox").fill("clock")
    page.keyboard.press("Enter")
    expect(page.locator("[data-term-found]")).to_contain_text("of")
    page.get_by_role("button", name="Close the search").click()
    page.get_by_role("button", name="End session").click()
    expect(page.locator("[data-term-state]")).to_have_text("closed")
    shows(page, "Closed by operator.")

    page.get_by_role("link", name="Sessions", exact=True).click()
    page.locator("#session-table tbody a.row-link").first.click()
    page.get_by_label("Speed").select_option("16")
    page.get_by_role("button", name="Play").click()
    shows(page, f"{NAMES[0]}#")
    page.get_by_role("searchbox").fill("show clock")
    page.keyboard.press("Enter")
    expect(page.locator("[data-found]")).to_contain_text("at 0:")
    page.get_by_role("button", name="Link to this moment").click()
    page.wait_for_url(re.compile(r"t=\d"))


def test_several_lines_are_pasted_after_a_look(open_as: Open) -> None:
    page = open_as("operator")
    open_terminal(page, NAMES[1])
    page.locator(".xterm-helper-textarea").evaluate(PASTE, "show clock\nshow version\n")
    expect(page.locator("[data-term-paste]")).to_have_text("show clock\nshow version\n")
    page.get_by_role("button", name="Paste", exact=True).click()
    shows(page, "Cisco IOS")


def test_another_operator_watches_and_takes_over(open_as: Open) -> None:
    first = open_as("operator")
    open_terminal(first, NAMES[2])
    second = open_as("operator2")
    second.get_by_role("link", name="Sessions", exact=True).click()
    second.get_by_role("row", name=re.compile(NAMES[2])).get_by_role("link", name="Watch").click()
    shows(second, f"{NAMES[2]}>")
    expect(second.locator("[data-term-note]")).to_contain_text("You watch; operator types.")
    expect(first.locator("[data-term-note]")).to_contain_text("operator2 watching.")
    second.get_by_role("button", name="Ask to type").click()
    first.get_by_role("button", name="Hand over").click()
    expect(second.get_by_role("button", name="End session")).to_be_visible()
    second.keyboard.type("show clock\n")
    shows(first, "show clock")


def test_a_refused_login_is_said_in_words(open_as: Open) -> None:
    page = open_as("operator")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("link", name=NAMES[-1], exact=True).click()
    page.get_by_role("link", name="Terminal", exact=True).click()
    shows(page, "refused the login of user")
    expect(page.locator("[data-term-state]")).to_have_text("closed")
    expect(page.get_by_role("button", name="New session")).to_be_visible()


def test_a_viewer_is_offered_no_terminal(open_as: Open) -> None:
    page = open_as("viewer")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("link", name=NAMES[0], exact=True).click()
    expect(page.get_by_role("link", name="Terminal", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Sessions", exact=True)).to_have_count(0)
