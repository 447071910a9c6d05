"""Both readers of the schema work under the content policy; `open_as` fails on every complaint of the browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

Open = Callable[[str], Page]


def reading(open_as: Open, address: str) -> Page:
    page = open_as("operator")
    expect(page.get_by_role("link", name="Devices", exact=True).first).to_be_visible()  # the login has ended
    page.goto(address)
    return page


def test_swagger_shows_the_api_and_asks_as_who_is_logged_in(open_as: Open) -> None:
    page = reading(open_as, "/api/docs/")
    page.locator("#operations-tag-devices").click()
    operation = page.locator("#operations-devices-devices_list")
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")


def test_swagger_changes_something_with_the_sessions_csrf_token(open_as: Open) -> None:
    page = reading(open_as, "/api/docs/")
    device = page.request.get("/api/v1/devices/").json()["results"][0]["id"]
    page.locator("#operations-tag-devices").click()
    operation = page.locator("#operations-devices-devices_enable")
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("id").fill(str(device))
    operation.locator("textarea").first.fill("{}")
    with page.expect_response(re.compile("/enable/")) as answered:
        operation.get_by_role("button", name="Execute").click()
    assert answered.value.status == 200


def test_redoc_shows_the_api(open_as: Open) -> None:
    page = reading(open_as, "/api/redoc/")
    # it draws every operation before it shows the first: seconds, and many on a busy machine
    expect(page.get_by_role("heading", name="List devices")).to_be_visible(timeout=120_000)
    # styled: what ReDoc writes of its own took effect
    assert page.locator(".menu-content").evaluate("menu => getComputedStyle(menu).position") == "sticky"
