"""`make demo` on an installed machine: how soon it is ready, and what memory all its processes hold."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.figures import Figure, median, report
from bench.installed import Api, answers, wait_until
from tests.processes.installation import BACKEND, free_port

READY_S = 15
MEMORY_MB = 600
REST_S = 5


@dataclass
class Memory:
    """Megabytes of all processes of a data folder, sampled twice a second: the most of them, and the last ones."""

    data: str
    rss: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)

    def sample(self) -> None:
        rss = pss = 0
        for process in psutil.process_iter():
            try:
                if process.environ().get("WEBNET_DATA") == self.data and process.pid != os.getpid():
                    full = process.memory_full_info()
                    rss, pss = rss + full.rss, pss + full.pss
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        self.rss.append(rss / 2**20)
        self.pss.append(pss / 2**20)

    @contextmanager
    def sampling(self) -> Iterator[None]:
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(0.5):
                self.sample()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@dataclass
class Life:
    """One start of the demo: seconds until ready, memory with its backup and after it."""

    ready_s: float
    most: Memory
    rest: Memory


def run(rounds: int) -> Iterator[Figure]:
    firsts, seconds = [], []
    for _ in range(max(1, rounds // 2)):
        with TemporaryDirectory(prefix="webnet-bench-", ignore_cleanup_errors=True) as folder:
            data = str(Path(folder).resolve())
            firsts.append(live(data))
            seconds.append(live(data))
    for name, lives in (("first", firsts), ("second", seconds)):
        ready = median([life.ready_s for life in lives])
        yield report(Figure(f"make demo ready, {name} start", ready, "s", limit=READY_S))
    parts = (
        ("at most, first start with its backup", [life.most for life in firsts]),
        ("at rest after the backup", [life.rest for life in firsts]),
        ("at rest, second start", [life.rest for life in seconds]),
    )
    for name, memories in parts:
        rss, pss = (median([max(getattr(memory, kind)) for memory in memories]) for kind in ("rss", "pss"))
        yield report(Figure(f"make demo memory {name}", rss, "MB", limit=MEMORY_MB, note=f"PSS {pss:.0f} MB"))


def live(data: str) -> Life:
    """Start the demo, let its first backup end, look at it at rest, press Ctrl-C."""
    port, password = free_port(), secrets.token_urlsafe(16)
    own = {"PORT": str(port), "WEBNET_DATA": data, "WEBNET_DEMO_PASSWORD": password}
    own["WEBNET_DEMO_DEVICE_PORT"] = str(free_port())
    address, most, rest = f"http://127.0.0.1:{port}", Memory(data), Memory(data)
    began = time.monotonic()
    with (Path(data) / "make.log").open("ab") as log:
        demo = subprocess.Popen(
            ["make", "demo"],  # noqa: S607
            cwd=BACKEND.parent, env=os.environ | own, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        with most.sampling():
            wait_until(lambda: answers(f"{address}/readyz"), 120, "make demo is ready", every=0.05)
            ready = time.monotonic() - began
            wait_for_backup(Api(address, "superadmin", password))
        with rest.sampling():
            time.sleep(REST_S)
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(timeout=60)
    return Life(ready, most, rest)


def wait_for_backup(api: Api) -> None:
    def ended() -> bool:
        jobs = api.get("jobs/")["results"]
        return len(jobs) >= 3 and all(job["finished_at"] for job in jobs)

    wait_until(ended, 180, "the demo's first backup has ended", every=0.5)
