"""Turn the second factor on, and log in with it: wrong code, code, recovery code."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.conftest import PASSWORD, PATIENCE_MS
from tests.processes.installation import Installation
from ui.tests.test_sign_in import code_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]
REFUSED = "status of 422"  # a form that comes back with what is wrong, which Chromium complains of


@pytest.fixture
def give_password(chromium: Browser, site: Installation) -> Iterator[Callable[[], Page]]:
    """A browser of its own, that has given the operator's password from the keyboard alone."""
    complaints: list[str] = []
    contexts = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and REFUSED not in message.text:
            complaints.append(message.text)

    def make() -> Page:
        context = chromium.new_context(
            base_url=f"http://127.0.0.1:{site.port}", viewport={"width": 1000, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login/")
        page.keyboard.type("operator")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints


def type_code(page: Page, code: str) -> None:
    """Without a click: the field has the focus once the page is there."""
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_turn_on_and_log_in_with_a_code_and_a_recovery_code(give_password: Callable[[], Page]) -> None:
    page = give_password()
    page.get_by_label("Account of operator").click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Turn on").click()
    picture = page.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 100, "the content policy lets the picture through"
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(code_of(secret, 0))
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#codes span")).to_have_count(10)
    codes = page.locator("#codes span").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 left")).to_be_visible()

    page = give_password()
    page.wait_for_url("**/login/second-factor/")
    type_code(page, "000000")
    expect(page.get_by_text("That code is not right")).to_be_visible()
    page.goto("/devices/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()  # there is no way around it
    page.goto("/login/second-factor/")
    type_code(page, code_of(secret))
    expect(page.get_by_label("Account of operator")).to_be_visible()

    page = give_password()
    page.wait_for_url("**/login/second-factor/")
    type_code(page, codes[0])
    expect(page.get_by_label("Account of operator")).to_be_visible()
    page.goto("/account/")
    expect(page.get_by_text("9 left")).to_be_visible()
