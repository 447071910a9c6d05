"""Three show commands on a thousand simulated IOS devices, against a bare Nornir + Netmiko script, threads alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bench.backup import LATENCY_MS, PROCESSES, THREADS, run_script
from bench.figures import Figure, median, report
from bench.installed import LOGIN, PASSWORD, Api, fleet, installed, modes

DEVICES = int(os.environ.get("WEBNET_BENCH_DEVICES", "1000"))
COMMANDS = ["show version", "show ip interface brief", "show inventory"]
LIMIT = 1.1


def run(rounds: int) -> Iterator[Figure]:
    with fleet(DEVICES, latency_ms=LATENCY_MS) as devices:
        for mode, embedded in modes():
            yield from figures(mode, devices, rounds, embedded=embedded)


def figures(mode: str, devices: list[dict[str, Any]], rounds: int, *, embedded: bool) -> Iterator[Figure]:
    settings = {
        "WEBNET_WORKER_PROCESSES": str(PROCESSES),
        "WEBNET_THREADS": str(THREADS),
        "WEBNET_FANOUT": str(PROCESSES),
        "WEBNET_CONNECTS_PER_SECOND": "0",  # the script keeps to no limit either
    }
    ours: list[float] = []
    script: list[float] = []
    failed = script_failed = 0
    with installed(settings, embedded=embedded) as webnet:
        seeded = webnet.inside("seed_fleet", password=PASSWORD, login=LOGIN, fleet=devices)
        api = Api(webnet.address)
        send(api, seeded)  # whatever a process does only once, and the pinning of keys, is in no round
        for _ in range(rounds):
            done = run_script(devices, COMMANDS)
            script.append(done["read_s"])
            script_failed += done["failed"]
            seconds, missing = send(api, seeded)
            ours.append(seconds)
            failed += missing
    title = f"{len(COMMANDS)} commands on {DEVICES:,} devices, {mode}"
    yield report(Figure(title, median(ours), "s", peer=median(script), limit=LIMIT))
    yield report(Figure(f"commands: failures, {mode}", failed, "", limit=0, note=f"script: {script_failed}"))


def send(api: Api, seeded: dict[str, Any]) -> tuple[float, int]:
    """Seconds from the job's creation to its end, and how many devices did not succeed."""
    params = {"commands": COMMANDS}
    job = api.wait_for_end(api.start("run_commands", seeded["customer"], seeded["devices"], params))
    began, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "finished_at"))
    return (ended - began).total_seconds(), len(seeded["devices"]) - job["counts"]["succeeded"]
