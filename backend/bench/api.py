"""The API at 100,000 devices over 50 customers on PostgreSQL: lists, single and bulk writes, import and export."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import psutil

from bench.figures import Figure, median, percentile, report, tell
from bench.installed import PASSWORD, Api, Installed, installed, wait_until

CUSTOMERS, DEVICES = 50, 100_000
REQUESTS = 100
SINGLES, BULK = 105, 10_000
IMPORTED = 50_000
MB = 2**20
WHO = {"everyone": "all customers", "operator": "one customer"}
ORDERS = ("", "hostname", "-hostname", "mgmt_ip", "platform", "role", "site", "reachability", "-created_at")


def run(rounds: int) -> Iterator[Figure]:
    if "TEST_DATABASE_URL" not in os.environ:
        tell("not measured: needs PostgreSQL")
        return
    with installed({"WEBNET_API_RATE": "1000000/minute"}, embedded=False) as webnet:
        customers = webnet.inside("seed_inventory", password=PASSWORD, customers=CUSTOMERS, devices=DEVICES)
        for size, limit in ((50, 60), (1000, 400)):
            for username, words in WHO.items():
                yield listed(webnet, username, words, size, limit)
        yield from written(webnet, customers[0], rounds)
        yield from exported(webnet)
        yield from imported(webnet, customers[1])


def listed(webnet: Installed, username: str, words: str, size: int, limit: float) -> Figure:
    dice, queries = random.Random(size), []
    last = DEVICES // size if username == "everyone" else max(1, DEVICES // CUSTOMERS // size)
    for _ in range(REQUESTS):
        query: dict[str, int | str] = {"page_size": size, "page": dice.randint(1, last)}
        if order := dice.choice(ORDERS):
            query["ordering"] = order
        queries.append(urlencode(query))
    times = webnet.inside("time_api", username=username, queries=queries)
    note = f"median {median(times):.0f} ms of {len(times)} pages and orders"
    return report(Figure(f"API list of {size:,}, {words}, p95", percentile(times, 0.95), "ms", limit=limit, note=note))


def written(webnet: Installed, customer: int, rounds: int) -> Iterator[Figure]:
    found = webnet.inside("time_making", customer=customer, singles=SINGLES, bulk=BULK)
    note = f"median {median(found['singles']):.0f} ms of {len(found['singles'])}"
    yield report(Figure("API create of one device, p95", percentile(found["singles"], 0.95), "ms", limit=40, note=note))
    each = 1000 * found["bulk_s"] / BULK
    note = f"{BULK / found['bulk_s']:,.0f} devices/s, {BULK:,} in one request"
    yield report(Figure("API bulk create, a device", each, "ms", limit=1000 / 1500, note=note))


class Memory:
    """The most that processes held meanwhile, in MB, of the one that held most and beyond what it began with."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        self._before = {process: self._of(process) for process in processes}
        self.most, self.grown = 0.0, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @staticmethod
    def _of(process: psutil.Process) -> float:
        return float(process.memory_info().rss / MB)

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for process, before in self._before.items():
                now = self._of(process)
                self.most, self.grown = max(self.most, now), max(self.grown, now - before)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def exported(webnet: Installed) -> Iterator[Figure]:
    api = Api(webnet.address, "everyone")
    headers = {"Authorization": f"Bearer {api.token}"}
    for kind in ("csv", "json"):
        url = f"{webnet.address}/api/v1/devices/export/?format={kind}"
        with Memory(webnet.processes("web")) as memory:
            began, size, first = time.perf_counter(), 0, 0.0
            with httpx.stream("GET", url, headers=headers, timeout=300) as answer:
                answer.raise_for_status()
                for part in answer.iter_raw():
                    first = first or time.perf_counter() - began
                    size += len(part)
            took = time.perf_counter() - began
        note = f"{took:.1f} s, {size / MB:.0f} MB, first bytes after {1000 * first:.0f} ms"
        yield report(
            Figure(f"API export of all devices, {kind}, memory grown", memory.grown, "MB", limit=40, note=note)
        )


def imported(webnet: Installed, customer: int) -> Iterator[Figure]:
    rows = "".join(
        f"imp-r{n:05},10.{210 + (n >> 16)}.{n >> 8 & 255}.{n & 255},ios,Site {n % 20:02},fleet,tag-1\n"
        for n in range(IMPORTED)
    )
    api = Api(webnet.address, "everyone")
    query = {"customer": customer, "kind": "devices"}
    with Memory([*webnet.processes("worker"), *webnet.processes("web")]) as memory:
        began = time.perf_counter()
        answer = httpx.post(
            f"{webnet.address}/api/v1/imports/?{urlencode(query)}",
            content="hostname,mgmt_ip,platform,site,credential,tags\n" + rows,
            headers={"Authorization": f"Bearer {api.token}", "Content-Type": "text/csv"},
            timeout=60,
        )
        made = answer.raise_for_status().json()["id"]
        told = wait_until(lambda: _ended(api, made), 300, "the end of the import")
        took = time.perf_counter() - began
    if told["created"] != IMPORTED:
        raise RuntimeError(f"imported {told}")
    yield report(Figure(f"CSV import of {IMPORTED:,} devices", took, "s", limit=60))
    yield report(Figure("CSV import, memory of the largest process", memory.most, "MB", limit=300))


def _ended(api: Api, number: int) -> dict[str, object] | None:
    told: dict[str, object] = api.get(f"imports/{number}/")
    return told if told["finished_at"] else None
