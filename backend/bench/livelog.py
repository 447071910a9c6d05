"""From a log row's creation in the worker to a websocket client, while 20 jobs run; and a client that keeps dropping.

The database itself stamps each row when it is inserted (`bench.seed.stamp_lines`): so the time holds the rest of the
writer's transaction, its commit, the doorbell or ticker, the consumer's read and the socket. The line's own `at` is
older: it is taken in the device's thread, before the line waits for the writer's next batch.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import websockets

from bench.figures import Figure, median, percentile, report
from bench.installed import LOGIN, PASSWORD, Api, Installed, fleet, installed, modes

JOBS = 20
DEVICES_A_JOB = 12
LATENCY_MS = 400
DROPS = 50
LIMIT_MS = 250


@dataclass
class Heard:
    """What one client got: sequence, the line's own time, and when it came, in order of coming."""

    job: int
    live_from: float = 0.0
    lines: list[tuple[int, float, float]] = field(default_factory=list)
    drops: int = 0

    @property
    def last(self) -> int:
        return self.lines[-1][0] if self.lines else 0

    def take(self, message: str | bytes) -> None:
        now, frame = time.time(), json.loads(message)
        if frame["type"] == "log":
            self.lines += [
                (line["seq"], datetime.fromisoformat(line["at"]).timestamp(), now) for line in frame["lines"]
            ]


def run(rounds: int) -> Iterator[Figure]:
    with fleet(JOBS * DEVICES_A_JOB, latency_ms=LATENCY_MS) as devices:
        for mode, embedded in modes():
            # a process for each job, as a job's shard occupies one; two devices at a time, so that they last
            settings = {"WEBNET_WORKER_PROCESSES": str(JOBS), "WEBNET_FANOUT": "1", "WEBNET_THREADS": "2"}
            with installed(settings, embedded=embedded) as webnet:
                seeded = webnet.inside("seed_fleet", password=PASSWORD, login=LOGIN, fleet=devices)
                webnet.inside("stamp_lines")
                parts = [one_round(webnet, seeded) for _ in range(rounds)]
            yield from figures(mode, parts)


@dataclass
class Round:
    """Milliseconds to the client from the row's insert and from the line's own time; and what the dropper got."""

    from_row: list[float]
    from_line: list[float]
    running: int
    drops: int
    missed: int
    twice: int


def one_round(webnet: Installed, seeded: dict[str, Any]) -> Round:
    api = Api(webnet.address)
    slices = [seeded["devices"][number::JOBS] for number in range(JOBS)]
    jobs = [api.back_up(seeded["customer"], devices) for devices in slices]
    heard, dropper, running = asyncio.run(_listen(webnet, api, jobs))
    stamps = {(job, seq): at for job, seq, at in webnet.inside("line_stamps", jobs=jobs)}
    live = [
        (came - stamps[one.job, seq], came - at)
        for one in heard
        for seq, at, came in one.lines
        if stamps[one.job, seq] > one.live_from
    ]
    got = [seq for seq, _, _ in dropper.lines]
    wanted = range(1, api.get(f"jobs/{dropper.job}/")["log_seq"] + 1)
    return Round(
        from_row=[1000 * row for row, _ in live],
        from_line=[1000 * line for _, line in live],
        running=running,
        drops=dropper.drops,
        missed=len(set(wanted) - set(got)),
        twice=len(got) - len(set(got)),
    )


async def _listen(webnet: Installed, api: Api, jobs: list[int]) -> tuple[list[Heard], Heard, int]:
    """Follow every job with a steady client and one of them with a client that drops; to the end."""
    heard, dropper, most = [Heard(job) for job in jobs], Heard(jobs[0]), [0]
    count = asyncio.create_task(_count_running(api, most))
    async with asyncio.TaskGroup() as clients:
        for one in heard:
            clients.create_task(_follow(webnet, api.token, one))
        clients.create_task(_drop(webnet, api.token, dropper))
    count.cancel()
    return heard, dropper, most[0]


async def _count_running(api: Api, most: list[int]) -> None:
    while True:
        found = await asyncio.to_thread(api.get, "jobs/?status=running&page_size=1")
        most[0] = max(most[0], found["count"])
        await asyncio.sleep(1)


def _socket(webnet: Installed, token: str, job: int, after: int) -> websockets.connect:
    url = f"ws://127.0.0.1:{webnet.port}/ws/jobs/{job}/?after={after}"
    return websockets.connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None)


async def _follow(webnet: Installed, token: str, heard: Heard) -> None:
    async with _socket(webnet, token, heard.job, 0) as socket:
        async for message in socket:
            heard.live_from = heard.live_from or time.time()  # what was there before is replay
            heard.take(message)


async def _drop(webnet: Installed, token: str, heard: Heard) -> None:
    """Hang up without a word after a moment, again and again, each time at another point; then stay to the end."""
    while heard.drops < DROPS:
        socket = await _socket(webnet, token, heard.job, heard.last)
        try:
            async with asyncio.timeout(random.uniform(0.02, 0.3)):
                async for message in socket:
                    heard.take(message)
        except TimeoutError:
            pass
        heard.drops += 1
        socket.transport.abort()
    await _follow_on(webnet, token, heard)


async def _follow_on(webnet: Installed, token: str, heard: Heard) -> None:
    async with _socket(webnet, token, heard.job, heard.last) as socket:
        async for message in socket:
            heard.take(message)


def figures(mode: str, rounds: list[Round]) -> Iterator[Figure]:
    """Of latencies the median round's, whatever else the machine does in another one; of drops the sum."""
    running = min(part.running for part in rounds)
    for name, what, limit in (("from_row", "row", LIMIT_MS), ("from_line", "line's own time", None)):
        all_rounds: list[list[float]] = [getattr(part, name) for part in rounds]
        late = [percentile(values, 0.95) for values in all_rounds]
        middle = median([median(values) for values in all_rounds])
        note = f"median {middle:.0f} ms; by round {', '.join(f'{one:.0f}' for one in late)} ms; {running} jobs at once"
        yield report(Figure(f"{what} to websocket, p95, {mode}", median(late), "ms", limit=limit, note=note))
    short = sum(DROPS - part.drops for part in rounds)
    drops = sum(part.drops for part in rounds)
    for name in ("missed", "twice"):
        count = sum(getattr(part, name) for part in rounds) + short
        yield report(Figure(f"lines {name} by a client that drops, {mode}", count, "", limit=0, note=f"{drops} drops"))
