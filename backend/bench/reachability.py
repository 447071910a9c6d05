"""One reachability job over ten thousand devices: addresses of the loopback network, some of which never answer."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psutil

from bench.backup import PROCESSES
from bench.figures import Figure, median, report
from bench.installed import LOGIN, PASSWORD, Api, Installed, installed, modes

DEVICES = int(os.environ.get("WEBNET_BENCH_DEVICES", "10000"))
SILENT_EACH = 50
"""One of so many devices never answers: each holds a thread until it is given up."""


def run(rounds: int) -> Iterator[Figure]:
    with answering() as port, silent() as dark:
        devices = [_device(number, dark if number % SILENT_EACH == 0 else port) for number in range(DEVICES)]
        for mode, embedded in modes():
            yield from figures(mode, devices, rounds, embedded=embedded)


def _device(number: int, port: int) -> dict[str, Any]:
    return {
        "hostname": f"r{number:05}",
        "address": f"127.{10 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}",
        "port": port,
    }


def figures(mode: str, devices: list[dict[str, Any]], rounds: int, *, embedded: bool) -> Iterator[Figure]:
    seconds, memory, wrong = [], [], 0
    with installed({"WEBNET_WORKER_PROCESSES": str(PROCESSES)}, embedded=embedded) as webnet:
        seeded = webnet.inside("seed_fleet", password=PASSWORD, login=LOGIN, fleet=devices)
        api = Api(webnet.address)
        for _ in range(rounds):
            with watched(webnet) as most:
                number = api.start("reachability", seeded["customer"], seeded["devices"], {})
                job = api.wait_for_end(number, 900)
            began, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "finished_at"))
            seconds.append((ended - began).total_seconds())
            memory.append(most[0])
            wrong += abs(job["counts"]["failed"] - -(-DEVICES // SILENT_EACH))
        kept = sum(webnet.inside("count_checks").values())
    title = f"reachability of {DEVICES:,} devices, {mode}"
    note = f"{PROCESSES} worker processes, {DEVICES // SILENT_EACH:,} devices never answer"
    yield report(Figure(title, median(seconds), "s", note=note))
    yield report(Figure(f"reachability: devices a second, {mode}", DEVICES / median(seconds), "/s"))
    yield report(Figure(f"reachability: memory of all processes, {mode}", max(memory) / 2**20, "MB"))
    yield report(Figure(f"reachability: devices in a wrong state, {mode}", wrong, "", limit=0))
    yield report(Figure(f"reachability: checks not kept, {mode}", DEVICES * rounds - kept, "", limit=0))


@contextmanager
def answering() -> Iterator[int]:
    """A port that takes connections to every loopback address."""
    with socket.create_server(("0.0.0.0", 0), backlog=4096) as listener:  # noqa: S104
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket) -> None:
    try:
        while True:
            listener.accept()[0].close()
    except OSError:
        return  # the bench is over


@contextmanager
def silent() -> Iterator[int]:
    """A port whose queue is full: whatever connects gets no answer."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("0.0.0.0", 0))  # noqa: S104
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", listener.getsockname()[1]))
        yield listener.getsockname()[1]


@contextmanager
def watched(webnet: Installed) -> Iterator[list[int]]:
    """The most bytes that the installation's processes held together meanwhile."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            held = 0
            for root in webnet.running:
                held += _held(root.pid)
            most[0] = max(most[0], held)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _held(pid: int) -> int:
    """Of a process and its children, pages that they share counted once."""
    try:
        root = psutil.Process(pid)
        return sum(one.memory_full_info().pss for one in (root, *root.children(recursive=True)))
    except psutil.Error:
        return 0
