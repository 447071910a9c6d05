"""The README's pictures, from a demo of its own."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM
from tests.processes.installation import free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZE = {"width": 1440, "height": 900}


def main(folder: Path) -> None:
    """Start a demo on a free port, let its first backups end, take the pictures, stop it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="webnet-pictures-") as data:
        port, password = str(free_port()), secrets.token_urlsafe(12)
        env = {**os.environ, "WEBNET_DATA": data, "PORT": port, "WEBNET_DEMO_PASSWORD": password}
        log = Path(data) / "demo.out"
        with log.open("wb") as output:
            demo = subprocess.Popen([sys.executable, "-m", "webnet", "demo"], env=env, stdout=output)
            try:
                _wait(lambda: "webnet stays up" in log.read_text(), 180)
                _take(folder, f"http://127.0.0.1:{port}", password)
            finally:
                demo.send_signal(signal.SIGINT)
                demo.wait(timeout=60)


def _wait(check: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not check():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise SystemExit("the demo's first backups did not end in time")
        time.sleep(0.5)


def _take(folder: Path, base: str, password: str) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages: dict[str, Page] = {}
        for theme in ("dark", "light"):
            scheme = browser.new_context(base_url=base, viewport=SIZE, color_scheme=theme)  # type: ignore[arg-type]
            page = pages[theme] = scheme.new_page()
            page.goto("/login/")
            page.get_by_label("Username").fill("superadmin")
            page.get_by_label("Password", exact=True).fill(password)
            page.keyboard.press("Enter")
            page.wait_for_url("**/")
        _walk(folder, pages["dark"], pages["light"])
        browser.close()


def _walk(folder: Path, dark: Page, light: Page) -> None:
    def shoot(page: Page, name: str, path: str = "") -> None:
        if path:
            page.goto(path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}.png")

    shoot(dark, "dashboard-dark", "/")
    shoot(light, "devices-light", "/devices/")
    shoot(light, "job-partial-light", "/jobs/1/")
    dark.goto("/devices/?q=osl1-core1")
    dark.get_by_role("link", name="osl1-core1").click()
    shoot(dark, "device-dark")
    device = dark.url
    shoot(light, "snapshots-light", f"{device}snapshots/")
    light.get_by_role("checkbox", name="Compare version 2").check()
    light.get_by_role("checkbox", name="Compare version 1").check()
    light.get_by_role("button", name="Compare").click()
    light.wait_for_load_state("networkidle")
    shoot(dark, "diff-dark", light.url)
    dark.goto(f"{device}snapshots/")
    dark.get_by_role("link", name="Version 2").click()
    shoot(dark, "snapshot-dark")
    _outputs(light, folder)
    _terminal(dark, light, folder)
    shoot(light, "schedules-light", "/schedules/")
    _live(dark, folder)


def _outputs(page: Page, folder: Path) -> None:
    """What two groups of devices answered to the same command."""
    page.goto("/devices/?q=osl1-core")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Show commands").click()
    page.get_by_role("textbox", name="Commands").fill("show version\nshow ip interface brief")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#job-status")).to_contain_text(re.compile("Succeeded|Partial"), timeout=60_000)
    page.get_by_role("link", name="Outputs").click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / "outputs-light.png")


def _terminal(page: Page, replay: Page, folder: Path) -> None:
    """A shell on a device, and its recording."""
    page.goto("/devices/?q=osl1-core1")
    page.get_by_role("link", name="osl1-core1").click()
    page.get_by_role("link", name="Terminal", exact=True).click()
    expect(page.locator("[data-term-state]")).to_have_text("connected", timeout=20_000)
    for command, answer in (("show version", "uptime"), ("show ip interface brief", "Loopback0")):
        page.keyboard.type(f"{command}\n")
        expect(page.locator(".xterm-rows")).to_contain_text(answer, timeout=20_000)
    page.screenshot(path=folder / "terminal-dark.png")
    page.get_by_role("button", name="End session").click()
    expect(page.locator("[data-term-state]")).to_have_text("closed")
    replay.goto("/sessions/")
    replay.locator("#session-table tbody a.row-link").first.click()
    replay.get_by_role("button", name="Play").click()
    expect(replay.locator(".xterm-rows")).to_contain_text("uptime", timeout=60_000)
    replay.screenshot(path=folder / "replay-light.png")


def _live(page: Page, folder: Path) -> None:
    """A backup in the middle of its work."""
    page.goto("/devices/?q=osl1&size=100")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Back up").click()
    expect(page.locator("#log-lines")).to_contain_text("configuration", timeout=30_000)
    page.screenshot(path=folder / "job-live-dark.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
