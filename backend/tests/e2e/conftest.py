"""One installation with simulated devices for a module of browser tests, and a browser that trusts nothing."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from simulator import DeviceSpec, Fleet, FleetThread
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation

LOGIN = {"username": "netops", "password": "sim-pass", "enable_secret": "sim-enable"}
PASSWORD = "a long enough password"
NAMES = [f"edge{number}" for number in range(1, 7)]
SEED = """
from customers.models import Customer
from devices.models import Credential, Device, Site
from users.models import User
acme = Customer.objects.create(name="Acme Networks", slug="acme")
Customer.objects.create(name="Globex Carrier", slug="globex")
site = Site.objects.create(customer=acme, name="Frankfurt")
credential = Credential.objects.create(customer=acme, name="fleet", **login)
Device.objects.bulk_create(
    Device(customer=acme, site=site, credential=credential, platform="ios",
           hostname=name, mgmt_ip="127.0.0.1", port=port)
    for name, port in ports.items()
)
for name in ("viewer", "operator"):
    User.objects.create_user(name, password=password, role=name).customers.set([acme])
User.objects.create_user("operator2", password=password, role="operator").customers.set([acme])
answer = None
"""

BROKEN = re.compile(r"ERR_CONNECTION|WebSocket connection|htmx:(sendError|afterRequest)|status of 422")
# How long a page may take for what it shows or does next: much more than it needs, for a machine that does much else.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM = os.environ.get("WEBNET_CHROMIUM") or next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Six devices that take a fifth of a second for a command; the last one refuses our password."""
    specs = [DeviceSpec(name, latency_ms=200, **LOGIN) for name in NAMES]
    with FleetThread(specs) as running:
        running[NAMES[-1]].set_fault("wrong_password")
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet) -> Iterator[Installation]:
    data: Path = tmp_path_factory.mktemp("e2e")
    data.chmod(0o755)
    made = Installation(
        data, embedded="TEST_DATABASE_URL" not in os.environ, WEBNET_LOST_AFTER="4", WEBNET_RESEND_AFTER="3",
        WEBNET_WEBHOOK_NETWORKS="127.0.0.0/8", WEBNET_WEBHOOK_HTTP="1",
    )  # fmt: skip
    try:
        made.python(SEED, login=LOGIN, ports=fleet.ports, password=PASSWORD)
        made.start_all()
        url = f"http://127.0.0.1:{made.port}/readyz"
        wait_until(lambda: _answers(url), 60, "the installation is ready")
        yield made
    finally:
        made.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ended with each module: while it is there its event loop runs in this thread, and no asynchronous test can."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_as(chromium: Browser, site: Installation) -> Iterator[Callable[[str], Page]]:
    """`open_as("operator")`: a logged-in page in a browser profile of its own.

    Whatever the browser complains of (a script error, a violation of the content policy) fails the test.
    """
    complaints: list[str] = []
    contexts = []

    def complain(message: ConsoleMessage) -> None:
        # a request that fails because the test killed the server, or filled a form badly, is none about the page
        if message.type in {"error", "warning"} and not BROKEN.search(message.text):
            complaints.append(f"{message.location['url']}: {message.text}")

    def make(username: str) -> Page:
        context = chromium.new_context(
            base_url=f"http://127.0.0.1:{site.port}", viewport={"width": 1400, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints
