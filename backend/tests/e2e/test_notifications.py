"""A webhook by clicking: made, its secret shown once, tried, its deliveries seen; then a job that fails is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from notifications.tests.conftest import Receiver
from tests.e2e.conftest import NAMES, PASSWORD
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

Open = Callable[[str], Page]
ADMIN = """
from customers.models import Customer
from users.models import User
User.objects.create_user("boss", password=password, role="admin").customers.set([Customer.objects.get(slug="acme")])
answer = None
"""


@pytest.fixture
def listener() -> Iterator[Receiver]:
    with Receiver() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_webhook_from_its_form_to_a_job_that_failed(open_as: Open, site: Installation, listener: Receiver) -> None:
    site.python(ADMIN, password=PASSWORD)
    page = open_as("boss")
    page.get_by_role("link", name="Notifications", exact=True).click()
    expect(page.locator("main")).to_contain_text("Nobody is told")
    page.get_by_role("link", name="New channel").first.click()
    page.get_by_label("Name").fill("Pager")
    page.get_by_label("How", exact=True).select_option("Webhook")
    page.get_by_label("Address").fill("http://192.168.0.1/hook")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("192.168.0.1, which is a private address.")
    page.get_by_label("Address").fill(listener.url)
    page.get_by_role("button", name="Save").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_role("link", name="I have kept it").click()

    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#delivery-facts")).to_contain_text("Sent", timeout=60_000)
    expect(page.locator("#delivery-facts")).to_contain_text("204")
    [(_, headers, body)] = listener.requests
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(wanted).decode()}"

    listener.how = lambda handler: handler.say(500, b"no such team")
    page.goto("/devices/")
    page.get_by_role("checkbox", name=f"Select {NAMES[-1]}").check()  # which refuses our password
    page.get_by_role("button", name="Back up").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    expect(page.locator("#job-status")).to_contain_text("Failed", timeout=60_000)
    wait_until(lambda: len(listener.requests) > 1, 60, "the receiver was told")
    told = json.loads(listener.requests[1][2])["data"]["job"]
    assert (told["status"], told["reasons"]["login_refused"]["devices"]) == ("failed", [NAMES[-1]])

    page.goto("/notifications/deliveries/")
    expect(page.locator("#delivery-table")).to_contain_text("The receiver answered 500.", timeout=30_000)
    listener.how = lambda handler: handler.say(200, b"thank you")
    page.locator("#delivery-table").get_by_role("link", name=re.compile(r"^#")).first.click()
    # tried again by itself: where the page took longer than the first wait, after the second, some 70 seconds
    expect(page.locator("#delivery-facts")).to_contain_text("thank you", timeout=240_000)
    page.get_by_role("button", name="Send again").click()
    wait_until(lambda: len({one[1]["webhook-id"] for one in listener.requests[1:]}) == 1, 60, "the same id")
    expect(page.locator("#delivery-facts")).to_contain_text("Arrived", timeout=60_000)
