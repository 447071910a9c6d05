"""Fifty real routers: facts, LLDP neighbours and configuration of each, with the driver under Nornir."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.figures import Figure, median, report, tell
from tests.lab.running import RunningLab, running_lab, why_not
from tests.processes.installation import BACKEND

ROUTERS = 50
THREADS = 20
LIMIT_S = 15.0


def run(rounds: int) -> Iterator[Figure]:
    if reason := why_not():
        tell(f"not measured: {reason}")
        return
    began = time.perf_counter()
    with running_lab(ROUTERS) as lab:
        title = f"{ROUTERS} routers up, each with its neighbours in OSPF, BGP and LLDP"
        yield report(Figure(title, time.perf_counter() - began, "s"))
        read_all(lab)
        done = [read_all(lab) for _ in range(rounds)]
    title = f"facts, LLDP and backup of {ROUTERS} routers, {THREADS} threads"
    note = f"slowest round {max(row['seconds'] for row in done):.2f} s"
    yield report(Figure(title, median([row["seconds"] for row in done]), "s", limit=LIMIT_S, note=note))
    yield report(Figure("routers that failed", sum(row["failed"] for row in done), "", limit=0))
    yield report(Figure("links that were not found", sum(row["links_missing"] for row in done), "", limit=0))


def read_all(lab: RunningLab) -> dict[str, Any]:
    """One round in a process of its own, as a worker is one."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench.lab_script", str(THREADS)],
        input=json.dumps(lab.inventory),
        cwd=BACKEND,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
