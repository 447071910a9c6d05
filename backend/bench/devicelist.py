"""The device list at 100,000 devices of one customer on PostgreSQL: any page, order, filter and search."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import httpx

from bench.figures import Figure, median, percentile, report, tell
from bench.installed import PASSWORD, Installed, installed

DEVICES = 100_000
REQUESTS = 200
LIMIT_MS = 100


def run(rounds: int) -> Iterator[Figure]:
    if "TEST_DATABASE_URL" not in os.environ:
        tell("not measured: needs PostgreSQL")
        return
    with installed(embedded=False) as webnet:
        webnet.inside("seed_devices", password=PASSWORD, number=DEVICES)
        queries = webnet.inside("random_queries", number=REQUESTS, seed=11)
        inside = webnet.inside("time_list", queries=queries, rounds=rounds)
        cpu = inside.pop("cpu")
        for where, times in (("in process", inside), ("over HTTP", over_http(webnet, queries, rounds))):
            for kind, values in times.items():
                yield figure(f"device list, {kind}, {where}", values, LIMIT_MS)
        yield figure("device list, page, CPU time of the web process", cpu)
        for size in ("100", "250"):
            values = webnet.inside("time_list", queries=queries[:50], rounds=rounds, size=size)["page"]
            yield figure(f"device list, page of {size} rows, in process", values)
        one, hundred = webnet.inside("count_queries")
        yield report(Figure("queries of a page with 100 rows, with 1 row", hundred, "", peer=one, limit=1.0))


def figure(name: str, values: list[float], limit: float | None = None) -> Figure:
    note = f"median {median(values):.0f} ms, longest {max(values):.0f} ms of {len(values)} queries"
    return report(Figure(f"{name}, p95", percentile(values, 0.95), "ms", limit=limit, note=note))


def over_http(webnet: Installed, queries: list[str], rounds: int) -> dict[str, list[float]]:
    """For each query the median milliseconds from request to whole answer, on a kept connection, one at a time."""
    times: dict[str, list[float]] = {}
    with httpx.Client(base_url=webnet.address, cookies=webnet.inside("session_of"), timeout=60) as client:
        ask(client, queries[:10], {})  # what the first requests of a process compile and connect is not counted
        for kind, headers in (("page", {}), ("fragment", {"HX-Request": "true"})):
            tries = [ask(client, queries, headers) for _ in range(rounds)]
            times[kind] = [median(values) for values in zip(*tries, strict=True)]
    return times


def ask(client: httpx.Client, queries: list[str], headers: dict[str, str]) -> list[float]:
    times = []
    for query in queries:
        started = time.perf_counter()
        client.get(f"/devices/?{query}", headers=headers).raise_for_status()
        times.append(1000 * (time.perf_counter() - started))
    return times
