"""Backup of 200 simulated IOS devices, against a bare Nornir + Netmiko script with as many threads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import Any

from bench.figures import Figure, median, report
from bench.installed import LOGIN, PASSWORD, Api, Installed, fleet, installed, modes
from tests.processes.installation import BACKEND

DEVICES = 200
LATENCY_MS = 50
PROCESSES, THREADS = 2, 10
LIMIT = 1.15
BESIDE = {
    # told for comparison: what the connect-rate limit costs, and what the second process brings
    "no rate limit": {"WEBNET_CONNECTS_PER_SECOND": "0"},
    "one process": {"WEBNET_WORKER_PROCESSES": "1", "WEBNET_FANOUT": "1", "WEBNET_THREADS": str(PROCESSES * THREADS)},
}


@dataclass
class Times:
    """Seconds of each round."""

    first: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)
    script: list[float] = field(default_factory=list)
    script_closed: list[float] = field(default_factory=list)
    failed: int = 0
    script_failed: int = 0


def run(rounds: int) -> Iterator[Figure]:
    with fleet(DEVICES, latency_ms=LATENCY_MS) as devices:
        for mode, embedded in modes():
            yield from figures(mode, times_of(devices, rounds, embedded=embedded))
        for what, settings in BESIDE.items():
            times = times_of(devices, max(1, rounds // 2), embedded=True, settings=settings)
            title = f"backup of {DEVICES} devices, embedded, later, {what}"
            yield report(Figure(title, median(times.later), "s", peer=median(times.script)))


def times_of(
    devices: list[dict[str, Any]], rounds: int, *, embedded: bool, settings: dict[str, str] | None = None
) -> Times:
    threads = {
        "WEBNET_WORKER_PROCESSES": str(PROCESSES),
        "WEBNET_THREADS": str(THREADS),
        "WEBNET_FANOUT": str(PROCESSES),
    }
    with installed(threads | (settings or {}), embedded=embedded) as webnet:
        return measure(webnet, devices, rounds)


def measure(webnet: Installed, devices: list[dict[str, Any]], rounds: int) -> Times:
    """Rounds of: the script, a first contact, a later backup."""
    seeded = webnet.inside("seed_fleet", password=PASSWORD, login=LOGIN, fleet=devices)
    api, times = Api(webnet.address), Times()
    back_up(api, seeded)  # whatever a process does only once is not in any round
    run_script(devices)
    for _ in range(rounds):
        done = run_script(devices)
        times.script.append(done["read_s"])
        times.script_closed.append(done["closed_s"])
        times.script_failed += done["failed"]
        webnet.inside("forget_backups")
        for kind in (times.first, times.later):
            seconds, failed = back_up(api, seeded)
            kind.append(seconds)
            times.failed += failed
    return times


def back_up(api: Api, seeded: dict[str, Any]) -> tuple[float, int]:
    """Seconds from the job's creation to its end, and how many devices did not succeed."""
    job = api.wait_for_end(api.back_up(seeded["customer"], seeded["devices"]))
    began, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "finished_at"))
    return (ended - began).total_seconds(), DEVICES - job["counts"]["succeeded"]


def run_script(devices: list[dict[str, Any]], commands: Sequence[str] = ("show running-config",)) -> dict[str, Any]:
    with TemporaryDirectory(prefix="webnet-bench-") as folder:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "bench.nornir_script", str(PROCESSES * THREADS), folder],
            input=json.dumps({"devices": devices, "password": LOGIN["password"], "commands": commands}),
            cwd=BACKEND,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def figures(mode: str, times: Times) -> Iterator[Figure]:
    script, closed = median(times.script), median(times.script_closed)
    note = f"script with its connections closed: {closed:.2f} s"
    for name, seconds in (("first contact", times.first), ("later", times.later)):
        title = f"backup of {DEVICES} devices, {mode}, {name}"
        yield report(Figure(title, median(seconds), "s", peer=script, limit=LIMIT, note=note))
    yield report(Figure(f"backup failures, {mode}", times.failed, "", limit=0, note=f"script: {times.script_failed}"))
