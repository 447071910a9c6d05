"""The page of a job with a log of 200,000 lines, in a real Chromium: its first view, and its memory while one reads."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.figures import Figure, median, report, tell
from bench.installed import PASSWORD, Installed, installed, modes, wait_until

LINES, DEVICES = 200_000, 200
VIEW_MS = 300
MOST_ROWS = 2_000
HEAP_MB = 32
GROWTH = 1.2
WINDOWS_UP, WINDOWS_DOWN = 40, 20
LIVE = {"number": 10_000, "batch": 50, "every_s": 0.05}

TIMES = """async () => {
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 50)));
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const [server, load] = [page.responseEnd - page.requestStart, page.loadEventEnd];
  return { server, load, paint: paint ? paint.startTime : load };
}"""
FIRST, LAST = (f"() => Number(document.getElementById('log-lines').{end}.dataset.sequence)" for end in
               ("firstElementChild", "lastElementChild"))  # fmt: skip
TO_TOP = "() => { document.getElementById('log-lines').scrollTop = 0; }"
TO_BOTTOM = "() => { const list = document.getElementById('log-lines'); list.scrollTop = list.scrollHeight; }"
ROWS = "() => document.getElementById('log-lines').childElementCount"


def chromium() -> str | None:
    names = [os.environ.get("WEBNET_CHROMIUM"), "chromium", "google-chrome", "google-chrome-stable"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def run(rounds: int) -> Iterator[Figure]:
    program = chromium()
    if program is None:
        tell("not measured: needs Chromium")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for mode, embedded in modes():
            with installed(embedded=embedded) as webnet:
                job = webnet.inside("seed_log", password=PASSWORD, lines=LINES, devices=DEVICES)
                yield from first_view(browser, webnet, job, mode, 2 * rounds)
                yield from memory(browser, webnet, job, mode)
        browser.close()


def open_context(browser: Browser, webnet: Installed) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    session = webnet.inside("session_of")
    context.add_cookies([{"name": name, "value": value, "url": webnet.address} for name, value in session.items()])
    return context


def view(page: Page, webnet: Installed, job: int) -> dict[str, float]:
    """Open the job's page; milliseconds from the click on."""
    page.goto(f"{webnet.address}/jobs/{job}/", wait_until="load")
    page.locator("#job-log[data-state=live]").wait_for()
    found: dict[str, float] = page.evaluate(TIMES)
    return found


def first_view(browser: Browser, webnet: Installed, job: int, mode: str, rounds: int) -> Iterator[Figure]:
    """From the click to the first paint with content. Whoever opens a job from another page has the common files."""
    views: dict[str, list[dict[str, float]]] = {"from the job list": [], "again": [], "nothing cached": []}
    for number in range(rounds + 1):
        context = open_context(browser, webnet)
        page = context.new_page()
        page.goto(f"{webnet.address}/jobs/", wait_until="load")
        times = [view(page, webnet, job), view(page, webnet, job)]
        context.close()
        context = open_context(browser, webnet)
        times.append(view(context.new_page(), webnet, job))
        context.close()
        if number:  # the very first view of a server compiles its templates
            for kind, one in zip(views.values(), times, strict=True):
                kind.append(one)
    for name, found in views.items():
        load, server, paint = (median([one[part] for one in found]) for part in ("load", "server", "paint"))
        note = f"of this the server {server:.0f} ms; its last script has come at {load:.0f} ms"
        yield report(Figure(f"job page's first view, {name}, {mode}", paint, "ms", limit=VIEW_MS, note=note))


class Reader:
    """Reads the log as a person would, and looks at the page's memory after each way of doing so."""

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self.page = page
        self._devtools = devtools
        self.heap_mb: dict[str, float] = {}
        self.nodes: dict[str, int] = {}
        self.rows = 0
        devtools.send("Performance.enable")

    def look(self, what: str) -> None:
        self._devtools.send("HeapProfiler.collectGarbage")
        metrics = {row["name"]: row["value"] for row in self._devtools.send("Performance.getMetrics")["metrics"]}
        self.heap_mb[what] = metrics["JSHeapUsedSize"] / 2**20
        self.nodes[what] = int(metrics["Nodes"])
        self.count_rows()

    def count_rows(self) -> None:
        self.rows = max(self.rows, self.page.evaluate(ROWS))

    def scroll(self, script: str, end: str, windows: int) -> None:
        """Scroll to an end of what is loaded, so often that this many more windows were loaded there."""
        for _ in range(windows):
            before = self.page.evaluate(end)
            self.page.evaluate(script)
            self.until(partial(self.has_moved, end, before), "the next window")
            self.count_rows()

    def until(self, check: Callable[[], Any], what: str) -> None:
        wait_until(check, 30, what, every=0.02)

    def has_moved(self, end: str, before: int) -> bool:
        return bool(self.page.evaluate(end) != before)

    def near(self, sequence: int) -> bool:
        return bool(self.page.evaluate(FIRST) <= sequence <= self.page.evaluate(LAST))


def memory(browser: Browser, webnet: Installed, job: int, mode: str) -> Iterator[Figure]:
    context = open_context(browser, webnet)
    page = context.new_page()
    view(page, webnet, job)
    reader = Reader(page, context.new_cdp_session(page))
    reader.look("first view")
    read(reader, webnet, job)
    context.close()
    heap, nodes = reader.heap_mb, reader.nodes
    yield report(Figure(f"rows in the page at most, {mode}", reader.rows, "", limit=MOST_ROWS))
    note = ", ".join(f"{what} {value:.1f}" for what, value in heap.items())
    yield report(Figure(f"JS heap at most, {mode}", max(heap.values()), "MB", limit=HEAP_MB, note=note))
    note = ", ".join(f"{what} {value:,}" for what, value in nodes.items())
    yield report(Figure(f"DOM nodes at most, {mode}", max(nodes.values()), "", note=note))
    first, later = f"{WINDOWS_UP} windows up", f"{2 * WINDOWS_UP} windows up"
    yield report(Figure(f"JS heap, {later}, {mode}", heap[later], "MB", peer=heap[first], limit=GROWTH))


def read(reader: Reader, webnet: Installed, job: int) -> None:
    page = reader.page
    for number in (1, 2):
        reader.scroll(TO_TOP, FIRST, WINDOWS_UP)
        reader.look(f"{number * WINDOWS_UP} windows up")
    for place, sequence in (("start", 3), ("middle", LINES // 2)):
        page.locator("[data-log-error]").click()
        reader.until(partial(reader.near, sequence), f"the {place} of the log")
        reader.look(place)
    reader.scroll(TO_BOTTOM, LAST, WINDOWS_DOWN)
    reader.look(f"{WINDOWS_DOWN} windows down")
    page.locator("[data-log-new]").click()
    reader.until(lambda: reader.near(LINES), "the end of the log")
    reader.look("end")
    done: list[int] = []
    writer = threading.Thread(target=lambda: done.append(webnet.inside("append_lines", job=job, **LIVE)))
    writer.start()
    while writer.is_alive():
        reader.count_rows()
        page.wait_for_timeout(200)
    reader.until(lambda: page.evaluate(LAST) == done[0], "the last of the live lines")
    reader.look(f"{LIVE['number']:,} lines live")
