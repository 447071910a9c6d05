"""What every benchmark needs: a throw-away installation, a fleet of simulated devices, and a client of the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.processes.installation import BACKEND, Installation

PASSWORD = "only-for-benchmarks"  # noqa: S105
LOGIN = {"username": "netops", "password": "bench-device"}
START_S = 90


def modes() -> Iterator[tuple[str, bool]]:
    """Names of the modes that can be measured here, and whether each is the embedded one."""
    yield "embedded", True
    if "TEST_DATABASE_URL" in os.environ:
        yield "services", False


class Installed(Installation):
    """An installation whose Django can be asked to run functions of `bench.inside`."""

    def inside(self, function: str, **values: Any) -> Any:
        """The JSON answer of `bench.inside.<function>(**values)`, run in a process of this installation."""
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "bench.inside", function],
            input=json.dumps(values),
            cwd=BACKEND,
            env=self.env | {"DJANGO_SETTINGS_MODULE": "webnet.settings", "LOG_LEVEL": "ERROR"},
            stdout=subprocess.PIPE,
            text=True,
            timeout=900,
            check=True,
        )
        return json.loads(done.stdout)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self) -> None:
        wait_until(lambda: answers(f"{self.address}/readyz"), START_S, f"ready ({self.data})")


@contextmanager
def installed(settings: dict[str, str] | None = None, *, embedded: bool, started: bool = True) -> Iterator[Installed]:
    """An installation that is gone afterwards; `settings` are environment variables of the product."""
    with TemporaryDirectory(prefix="webnet-bench-", ignore_cleanup_errors=True) as folder:
        made = Installed(Path(folder), embedded=embedded, **settings or {})
        try:
            if started:
                made.start_all()
                made.wait_ready()
            yield made
        finally:
            made.stop()


@contextmanager
def fleet(number: int, *, latency_ms: float) -> Iterator[list[dict[str, Any]]]:
    """A fleet of simulated IOS devices in a process of its own: what the simulator says of each."""
    with simulated([{"hostname": f"r{n:04}", "latency_ms": latency_ms, **LOGIN} for n in range(number)]) as devices:
        yield devices


@contextmanager
def simulated(specs: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The same for devices that are told."""
    with TemporaryDirectory(prefix="webnet-bench-") as folder:
        spec, announced = Path(folder) / "spec.json", Path(folder) / "announced.json"
        spec.write_text(json.dumps(specs))
        command = [sys.executable, "-m", "simulator", "--spec", str(spec), "--announce", str(announced)]
        process = subprocess.Popen(command, cwd=BACKEND)  # noqa: S603
        try:
            wait_until(announced.exists, START_S, "the simulated fleet stands")
            yield json.loads(announced.read_text())
        finally:
            process.terminate()
            process.wait(timeout=30)


class Api:
    """The REST API as another system uses it."""

    def __init__(self, address: str, username: str = "operator", password: str = PASSWORD) -> None:
        self._http = httpx.Client(base_url=f"{address}/api/v1/", timeout=60)
        login = self._http.post("auth/login/", json={"username": username, "password": password})
        login.raise_for_status()
        self.token: str = login.json()["access"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()

    def back_up(self, customer: int, devices: Sequence[int], timeout_s: int = 60) -> int:
        """Start a backup; the job's id."""
        return self.start("config_backup", customer, devices, {"timeout_s": timeout_s})

    def start(self, kind: str, customer: int, devices: Sequence[int], params: dict[str, Any]) -> int:
        body = {"kind": kind, "customer": customer, "devices": devices, "params": params}
        return int(self._http.post("jobs/", json=body).raise_for_status().json()["id"])

    def wait_for_end(self, job: int, seconds: float = 300) -> dict[str, Any]:
        """The job once it has ended."""

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = self.get(f"jobs/{job}/")
            return found if found["finished_at"] else None

        return dict(wait_until(ended, seconds, f"the end of job {job}"))


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def wait_until(check: Callable[[], Any], seconds: float, what: str, every: float = 0.2) -> Any:
    """Poll until the check gives something. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(every)
    raise TimeoutError(f"after {seconds} s still not: {what}")
