"""Half a gigabyte through a terminal in a real browser: neither server nor page grows, and Ctrl-C gets through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from terminals.tests.shells import shell_server
from tests.e2e.test_terminal import open_terminal, shows
from tests.processes.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

SIZE = 500_000_000
LINE = b"interface GigabitEthernet0/0/1 description to the core of the network %08d\r\n"
AT_ONCE = 500
MOST_MB = 100
"""By which server and page may grow: rings, credit and scrollback, whatever passes through."""
SEED = """
from customers.models import Customer
from devices.models import Credential, Device
acme = Customer.objects.get(slug="acme")
login = Credential.objects.get()
device = Device.objects.create(
    customer=acme, site_id=Device.objects.first().site_id, credential=login, platform="linux", hostname="flood",
    mgmt_ip="127.0.0.1", port=port,
)
answer = device.pk
"""
sent: dict[str, int] = {}


async def flood(process: Any) -> None:
    """`cat` prints half a gigabyte, `yes` lines without an end; Ctrl-C stops either."""
    process.stdout.write(b"flood> ")
    typed, done = b"", 0
    while data := await process.stdin.read(4096):
        process.stdout.write(data.replace(b"\r", b"\r\n"))
        typed += data
        if not typed.endswith(b"\r"):
            continue
        command, typed = typed.strip(b"\r\x03"), b""
        await _print(process, SIZE if command == b"cat" else None)
        done += 1
        process.stdout.write(b"\r\ndone %d> " % done)


async def _print(process: Any, size: int | None) -> None:
    stopped = asyncio.create_task(process.stdin.read(1))
    count = sent["bytes"] = 0
    while not stopped.done() and (size is None or sent["bytes"] < size):
        lines = b"".join(LINE % number for number in range(count, count + AT_ONCE))
        process.stdout.write(lines)
        await process.stdout.drain()
        count += AT_ONCE
        sent["bytes"] += len(lines)
        await asyncio.sleep(0)
    sent["stopped"] = stopped.done()
    stopped.cancel()
    await asyncio.gather(stopped, return_exceptions=True)


@pytest.fixture
def device(site: Installation) -> Iterator[int]:
    with shell_server(flood) as port:
        yield site.python(SEED, port=port)


def server_mb(site: Installation) -> float:
    return max(process.memory_info().rss for process in site.processes("web")) / 1e6


class Heap:
    """Of the page's JavaScript, after a collection."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("Performance.enable")

    def mb(self) -> float:
        self.session.send("HeapProfiler.collectGarbage")
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize")) / 1e6


def test_half_a_gigabyte_grows_nothing_and_ctrl_c_gets_through(
    open_as: Callable[[str], Page], site: Installation, device: int
) -> None:
    page = open_as("operator")
    open_terminal(page, "flood")
    heap = Heap(page)
    before, heap_before = server_mb(site), heap.mb()
    page.keyboard.type("cat\n")
    largest, heap_largest = before, heap_before
    while "stopped" not in sent:
        page.wait_for_timeout(1000)
        largest, heap_largest = max(largest, server_mb(site)), max(heap_largest, heap.mb())
    assert sent["bytes"] >= SIZE
    assert sent.pop("stopped") is False
    expect(page.locator(".xterm-rows")).to_contain_text("done 1>", timeout=60_000)
    assert largest - before < MOST_MB
    assert heap_largest - heap_before < MOST_MB

    page.keyboard.type("yes\n")
    while not 0 < sent["bytes"] < SIZE:
        page.wait_for_timeout(50)
    page.keyboard.press("Control+c")
    shows(page, "done 2>")
    assert sent["stopped"] is True
    page.get_by_role("button", name="End session").click()
    expect(page.locator("[data-term-state]")).to_have_text("closed")
