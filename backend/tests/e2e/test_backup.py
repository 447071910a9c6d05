"""From the login to the difference of two configurations, by clicking."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from simulator import Fleet
from tests.e2e.conftest import NAMES
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

ENDED = re.compile(r"Succeeded|Partial|Failed|Cancelled")
Open = Callable[[str], Page]


def back_up(page: Page, *names: str) -> None:
    """Choose devices in the list and press the button; ends on the job's page."""
    page.get_by_role("link", name="Devices", exact=True).first.click()
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Back up").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))


def wait_for_end(page: Page, words: re.Pattern[str] = ENDED) -> None:
    expect(page.locator("#job-status")).to_contain_text(words, timeout=60_000)


def sequences(page: Page) -> list[int]:
    rows = page.locator("#log-lines [data-sequence]")
    return [int(row.get_attribute("data-sequence") or 0) for row in rows.all()]


def test_log_in_back_up_watch_and_compare(open_as: Open, fleet: Fleet) -> None:
    page = open_as("operator")
    back_up(page, NAMES[0], NAMES[1])
    # the log grows by itself, on the page that was opened while nothing had happened yet
    log = page.locator("#log-lines")
    expect(log).to_contain_text("logged in", timeout=30_000)
    wait_for_end(page, re.compile("Succeeded"))
    expect(log).to_contain_text("configuration stored as version 1")
    expect(log).to_contain_text("job succeeded: 2 succeeded")
    lines = sequences(page)
    assert lines == list(range(1, len(lines) + 1))

    device = fleet[NAMES[0]]
    device.set_running_config(device.running_config.replace("\nend", "\nntp server 192.0.2.99\nend"))
    page.locator("#job-targets").get_by_role("link", name=NAMES[0]).click()
    page.get_by_role("button", name="Back up").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    expect(page.locator("#log-lines")).to_contain_text("configuration changed: version 2, +1 -0 lines", timeout=60_000)

    page.locator("#job-targets").get_by_role("link", name=NAMES[0]).click()
    page.get_by_role("link", name="Configurations").last.click()
    page.get_by_role("checkbox", name="Compare version 2").check()
    page.get_by_role("checkbox", name="Compare version 1").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("main")).to_contain_text("ntp server 192.0.2.99")
    page.get_by_role("link", name="Unified").click()
    expect(page.locator("main")).to_contain_text("ntp server 192.0.2.99")


def test_configuration_hides_secrets_until_asked(open_as: Open, fleet: Fleet) -> None:
    page = open_as("operator")
    back_up(page, NAMES[2])
    wait_for_end(page, re.compile("Succeeded"))
    secret = re.search(r"^snmp-server community (\S+)", fleet[NAMES[2]].running_config, re.MULTILINE)
    assert secret
    page.locator("#job-targets").get_by_role("link", name=NAMES[2]).click()
    page.get_by_role("link", name="Configurations").last.click()
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator("main")).to_contain_text("snmp-server community")
    expect(page.locator("main")).not_to_contain_text(secret[1])
    page.get_by_role("button", name="Show secrets").click()
    expect(page.locator("main")).to_contain_text(secret[1])


def test_failed_device_says_why_and_is_tried_again_alone(open_as: Open) -> None:
    page = open_as("operator")
    back_up(page, NAMES[3], NAMES[-1])
    wait_for_end(page, re.compile("Partial"))
    expect(page.locator("#job-targets")).to_contain_text("refused the login")
    first = page.url
    page.get_by_role("button", name="Retry").click()
    page.wait_for_url(lambda url: url != first and "/jobs/" in url)
    wait_for_end(page, re.compile("Failed"))
    expect(page.locator("#job-targets tbody tr")).to_have_count(1)


def test_viewer_is_offered_nothing_to_press(open_as: Open) -> None:
    page = open_as("viewer")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    expect(page.locator("#device-table tbody tr")).to_have_count(len(NAMES))
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.get_by_role("link", name=NAMES[0], exact=True).click()
    expect(page.get_by_role("button", name="Back up")).to_have_count(0)


def test_filter_sort_and_back_without_a_reload(open_as: Open) -> None:
    page = open_as("operator")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.wait_for_url("**/devices/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(NAMES[4])
    expect(page.locator("#device-table tbody tr")).to_have_count(1)
    assert f"q={NAMES[4]}" in page.url
    page.reload()
    expect(page.locator("#device-table tbody tr")).to_have_count(1)


def test_web_process_killed_while_the_log_is_open(open_as: Open, site: Installation) -> None:
    """The page reconnects by itself and has every line once."""
    page = open_as("operator")
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Back up").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    expect(page.locator("#log-lines")).to_contain_text("connecting", timeout=30_000)
    for process in site.processes("web"):
        process.kill()
    if not site.embedded:
        site.start("web")  # what restarts it there is not ours
    wait_for_end(page)
    wait_until(lambda: "job partial" in page.locator("#log-lines").inner_text(), 30, "the last line has arrived")
    lines = sequences(page)
    assert lines == list(range(1, len(lines) + 1))
