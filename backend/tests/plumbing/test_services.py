"""bin/services: two servers that answer, and nothing left of them however the run ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests.plumbing.conftest import ROOT, Run

SCRIPT = ROOT / "bin/services"
LACKING = subprocess.run([sys.executable, str(SCRIPT), "missing"], capture_output=True, text=True, check=False)
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(LACKING.returncode != 0, reason="PostgreSQL or Redis is not installed"),
]


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for temporary files that other users can reach into, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture
def running(place: Path, clean_environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """bin/services beside a command that waits for us, and the URLs that it gave to the command."""
    command = ["sh", "-c", 'echo "$TEST_DATABASE_URL $TEST_REDIS_URL"; exec sleep 60']
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "run", "--", *command],
        env=clean_environment | {"TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        database, cache = process.stdout.readline().split()
        yield process, {"database": database, "cache": cache}
        process.kill()


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def listening_addresses(process: subprocess.Popen[str]) -> list[str]:
    found = []
    for member in family(process):
        with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL has children that live for a moment
            found += [one.laddr.ip for one in member.net_connections() if one.status == psutil.CONN_LISTEN]
    return found


def test_servers_answer_with_password_on_loopback(running: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    process, urls = running
    with psycopg.connect(urls["database"]) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    with redis.from_url(urls["cache"]) as client:
        assert client.ping()
    assert set(listening_addresses(process)) == {"127.0.0.1"}
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(urls["database"].replace("webnet:", "webnet:wrong"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_nothing_is_left_after(
    running: tuple[subprocess.Popen[str], dict[str, str]], place: Path, number: signal.Signals
) -> None:
    process, _ = running
    members = family(process)
    assert len(members) > 3
    os.kill(process.pid, number)
    _, alive = psutil.wait_procs(members, timeout=20)
    assert alive == []
    assert list(place.iterdir()) == []


def test_status_of_the_command_is_ours(run: Run) -> None:
    assert run(sys.executable, SCRIPT, "run", "--", "sh", "-c", "exit 7").returncode == 7


def test_machine_without_redis_and_browser_says_what_is_left_out(run: Run, tmp_path: Path) -> None:
    done = run(sys.executable, SCRIPT, "missing", PATH=str(tmp_path), WEBNET_CHROMIUM="")
    assert done.returncode == 1
    assert "services: left out: the run of the suite on PostgreSQL and Redis (Redis is not installed)" in done.stderr
    assert "services: left out: the tests in a real browser" in done.stderr
