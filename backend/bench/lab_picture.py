"""The README's picture of the lab's topology: a ring of real routers, with a cable cut and a router switched off."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.installed import wait_until
from bench.pictures import FLAGS, SIZE
from tests.e2e.conftest import CHROMIUM
from tests.lab.running import RunningLab, running_lab
from tests.processes.installation import Installation

ROUTERS = 8
SEED = """
from customers.models import Customer
from devices.models import Credential, Device, Site
from users.models import User
lab = Customer.objects.create(name="Lab", slug="lab")
site = Site.objects.create(customer=lab, name="Ring")
credential = Credential.objects.create(customer=lab, name="lab", **login)
Device.objects.bulk_create(
    Device(customer=lab, site=site, credential=credential, platform="frr", role="core", hostname=name, mgmt_ip=address)
    for name, address in addresses.items()
)
User.objects.create_user("operator", password=login["password"], role="operator").customers.set([lab])
answer = None
"""


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="webnet-pictures-") as data, running_lab(ROUTERS) as lab:
        made = Installation(Path(data), embedded=True)
        login = {"username": lab.inventory["username"], "password": lab.password}
        addresses = {name: row["address"] for name, row in lab.routers.items()}
        try:
            made.python(SEED, login=login, addresses=addresses)
            made.start_all()
            wait_until(lambda: _is_up(made), 60, "the installation is ready")
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                _walk(browser, f"http://127.0.0.1:{made.port}", lab, folder)
                browser.close()
        finally:
            made.stop()


def _is_up(made: Installation) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{made.port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _walk(browser: Browser, base: str, lab: RunningLab, folder: Path) -> None:
    pages: dict[str, Page] = {}
    for theme in ("dark", "light"):
        page = browser.new_context(base_url=base, viewport=SIZE, color_scheme=theme).new_page()  # type: ignore[arg-type]
        pages[theme] = page
        page.goto("/login/")
        page.get_by_label("Username").fill("operator")
        page.get_by_label("Password", exact=True).fill(lab.password)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Devices", exact=True).first.click()
    _discover(pages["dark"])
    lab.do("link", "cut", "r2", lab.routers["r2"]["ports"][0]["name"])
    lab.do("power", "off", "r6")
    for _ in range(10):  # LLDP holds what it heard for some seconds
        _discover(pages["dark"])
        pages["dark"].goto("/topology/links/?state=vanished")
        if pages["dark"].locator("#link-table tbody tr").count():
            break
    for theme, page in pages.items():
        page.goto("/topology/")
        expect(page.locator("#topology")).to_have_attribute("data-drawn", str(ROUTERS))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"topology-{theme}.png")


def _discover(page: Page) -> None:
    page.goto("/devices/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Discover neighbours").click()
    expect(page.locator("#job-status")).to_contain_text(re.compile("Succeeded|Partial"), timeout=90_000)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
