"""Topology discovery of five hundred simulated devices in a ring, from the job's creation to the links."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bench.figures import Figure, median, report
from bench.installed import LOGIN, PASSWORD, Api, installed, modes, simulated
from simulator import DeviceSpec
from simulator.wiring import ring, wired

DEVICES = int(os.environ.get("WEBNET_BENCH_DEVICES", "500"))
LATENCY_MS = 50.0
PROCESSES, THREADS = 2, 25
LIMIT_S = 60.0


def run(rounds: int) -> Iterator[Figure]:
    specs = [DeviceSpec(f"r{n:04}", role="switch") for n in range(DEVICES)]
    links = {spec.hostname: spec.links for spec in wired(specs, ring([spec.hostname for spec in specs]))}
    told = [
        {
            "hostname": name,
            "role": "switch",
            "latency_ms": LATENCY_MS,
            "links": [_cable(link) for link in found],
            **LOGIN,
        }
        for name, found in links.items()
    ]
    with simulated(told) as devices:
        for mode, embedded in modes():
            yield from figures(mode, devices, rounds, embedded=embedded)


def _cable(link: Any) -> dict[str, str]:
    return {"interface": link.interface, "peer": link.peer, "peer_interface": link.peer_interface}


def figures(mode: str, devices: list[dict[str, Any]], rounds: int, *, embedded: bool) -> Iterator[Figure]:
    settings = {
        "WEBNET_WORKER_PROCESSES": str(PROCESSES),
        "WEBNET_THREADS": str(THREADS),
        "WEBNET_FANOUT": str(PROCESSES),
        "WEBNET_CONNECTS_PER_SECOND": "0",
    }
    took: list[float] = []
    failed = missing = 0
    with installed(settings, embedded=embedded) as webnet:
        seeded = webnet.inside("seed_fleet", password=PASSWORD, login=LOGIN, fleet=devices)
        api = Api(webnet.address)
        for _ in range(rounds):
            job = api.wait_for_end(api.start("topology_discovery", seeded["customer"], seeded["devices"], {}))
            began, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "finished_at"))
            took.append((ended - began).total_seconds())
            failed += DEVICES - job["counts"]["succeeded"]
            missing += DEVICES - int(api.get("topology-links/?state=proven&page_size=1")["count"])
    title = f"topology of {DEVICES:,} devices, LLDP and CDP, {mode}"
    yield report(Figure(title, median(took), "s", limit=LIMIT_S, note=f"slowest round {max(took):.1f} s"))
    yield report(Figure(f"topology: devices that failed, {mode}", failed, "", limit=0))
    yield report(Figure(f"topology: links of the ring not proven, {mode}", missing, "", limit=0))
