"""`webnet up` and its processes: started again when they end, and never left behind."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.processes.conftest import wait_until
from tests.processes.installation import Installation
from tests.processes.test_start import start
from webnet.cli import WORKER_NICE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="a supervisor is for embedded installations"),
]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Installation]:
    """A running `webnet up`, ready, behind an environment that names a proxy for the internet."""
    made = Installation(tmp_path, embedded=True, WEBNET_WORKER_PROCESSES="1", http_proxy="http://127.0.0.1:1")
    try:
        made.start("up")
        wait_until(lambda: "ready at" in said(made), 60, "ready")
        yield made
    finally:
        made.stop()


def said(installation: Installation) -> str:
    return (installation.data / "up.log").read_text()


def is_ready(installation: Installation) -> bool:
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{installation.port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_ctrl_c_leaves_no_process_not_even_of_a_worker_that_was_killed(up: Installation) -> None:
    (supervisor,) = up.running
    old = up.processes("worker")
    main = next(process for process in old if process.ppid() == supervisor.pid)
    main.kill()  # its pool outlives it
    wait_until(lambda: "worker ended with code -9" in said(up), 20, "the dead worker was noticed")
    new = wait_until(
        lambda: [process for process in up.processes("worker") if process not in old], 20, "another worker"
    )
    assert new
    wait_until(lambda: not any(process.is_running() for process in old), 10, "nothing left of the old worker")
    wait_until(lambda: is_ready(up), 30, "ready again")
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(timeout=30) == 0
    assert up.processes("webnet") == []
    assert "Traceback" not in said(up)


def test_pages_and_terminals_go_before_jobs(up: Installation) -> None:
    main, *pool = up.processes("worker")
    assert {one.nice() for one in (main, *pool)} == {up.processes("web")[0].nice() + WORKER_NICE} and pool
    session = Path(f"/proc/{main.pid}/autogroup")
    if session.exists():  # on a kernel that weighs sessions: as "/autogroup-25 nice 10"
        assert session.read_text().split()[-1] == str(WORKER_NICE)


def test_second_one_on_the_same_data_is_refused(up: Installation) -> None:
    done = start(up.data, "up")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"webnet: webnet is already running on {up.data}.\n"
    assert is_ready(up)


def test_killed_supervisor_leaves_no_process(up: Installation) -> None:
    children = up.processes("webnet")
    assert len(children) >= 3
    up.running[0].kill()
    psutil.wait_procs(children, timeout=15)
    assert up.processes("webnet") == []
