"""Starts and supervises the processes of an embedded installation. Light: it imports no Django."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from webnet.parent import VARIABLE

ROOT = Path(__file__).resolve().parent.parent.parent
WEBNET = (sys.executable, "-m", "webnet")
BACKEND = str(ROOT / "backend")
# to ourselves, never by way of a proxy that the environment names for the internet
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class CannotStart(Exception):
    """Said in one line to whoever started it."""


@dataclass
class Child:
    """One supervised process; started again, ever more slowly, when it ends by itself."""

    name: str
    command: Sequence[str]
    stop_signals: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 8.0), (signal.SIGKILL, 5.0))
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started_at: float = 0.0
    again_at: float = field(default=0.0)

    def send(self, number: signal.Signals) -> None:
        """Signal it, and with SIGKILL its whole group; nothing happens when it is gone."""
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except (ProcessLookupError, PermissionError):
            pass


WEB = ("web", (*WEBNET, "web", "--with-scheduler"))
WORKER = ("worker", (*WEBNET, "worker"))
# a worker may be in the middle of a device's answer: what it does not finish is found and run again
WORKER_STOP = ((signal.SIGTERM, 6.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 5.0))


def data_folder() -> Path:
    folder = Path(os.environ.get("WEBNET_DATA") or ROOT / "var").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotStart(f"WEBNET_DATA={folder} cannot be used: {error.strerror}.") from error
    os.environ["WEBNET_DATA"] = str(folder)
    return folder


def address() -> str:
    host = os.environ.get("WEBNET_BIND", "127.0.0.1")
    return f"http://{'127.0.0.1' if host in {'', '0.0.0.0', '::'} else host}:{os.environ.get('PORT') or '8000'}"  # noqa: S104  # nosec B104


def lock(folder: Path) -> IO[str]:
    """Two installations on one data folder would fight over its queue: the second one is refused."""
    try:
        handle = (folder / "lock").open("w")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(f"webnet is already running on {folder}.") from error
    except OSError as error:
        raise CannotStart(f"WEBNET_DATA={folder} cannot be used: {error.strerror}.") from error
    return handle


class Supervisor:
    """Children, and the signals that end them."""

    def __init__(self, *, logs: Path | None = None) -> None:
        self.children: list[Child] = []
        self.stopping = False
        self._logs = logs
        self._pipe = os.pipe()  # its reading end goes to every child and says when this process is gone
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_asked)

    def _stop_asked(self, *_: object) -> None:
        self.stopping = True

    def start(self, child: Child) -> None:
        self.children += [] if child in self.children else [child]
        child.started_at = time.monotonic()
        with self._output(child) as output:
            child.process = subprocess.Popen(  # noqa: S603
                list(child.command),
                cwd=BACKEND,
                env={**os.environ, VARIABLE: str(self._pipe[0])},
                pass_fds=(self._pipe[0],),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops them in order
            )

    @contextmanager
    def _output(self, child: Child) -> Iterator[IO[bytes] | None]:
        """Where a child writes: our own stdout and stderr, or a file of its own."""
        if self._logs is None:
            yield None
            return
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._logs / f"{child.name}.log").open("ab") as output:
            yield output

    def watch(self) -> None:
        """Start again what has ended; a child that keeps ending is started ever more slowly."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None or child.process.poll() is None or self.stopping:
                continue
            if not child.again_at:
                child.restarts = child.restarts + 1 if now - child.started_at < 30 else 0
                child.again_at = now + min(30.0, 0.5 * 2**child.restarts)
                child.send(signal.SIGKILL)  # a worker's pool may outlive it, and would never be stopped
                say(f"{child.name} ended with code {child.process.returncode}, starting it again")
            if now >= child.again_at:
                child.again_at = 0.0
                self.start(child)

    def run(self, until: Callable[[], bool] = lambda: False) -> bool:
        """Supervise until `until()` is true, which is the answer; False when asked to stop before."""
        while not self.stopping:
            self.watch()
            if until():
                return True
            time.sleep(0.2)
        return False

    def stop(self) -> None:
        """End every child: signal after signal, all children at the same time."""
        self.stopping = True
        alive = [child for child in reversed(self.children) if child.process and child.process.poll() is None]
        plans = {child.name: iter(child.stop_signals) for child in alive}
        deadline = dict.fromkeys(plans, 0.0)
        while alive:
            for child in alive:
                if time.monotonic() >= deadline[child.name] and (step := next(plans[child.name], None)):
                    deadline[child.name] = time.monotonic() + step[1]
                    child.send(step[0])
            time.sleep(0.05)
            alive = [child for child in alive if child.process and child.process.poll() is None]
        for child in self.children:
            child.send(signal.SIGKILL)  # what a dead child may have left in its group


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def is_ready() -> bool:
    try:
        with OPENER.open(f"{address()}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def call(*command: str) -> None:
    """Run a part of webnet to its end. Raises CannotStart when it fails; of a wrong setting it has told itself."""
    code = subprocess.run([*WEBNET, *command], cwd=BACKEND, check=False).returncode  # noqa: S603
    if code:
        raise CannotStart("" if code == 2 else f"`webnet {' '.join(command)}` failed.")


def refuse(error: CannotStart) -> int:
    """Say why, unless the part that failed has said it. Returns the exit code."""
    if words := str(error):
        sys.stderr.write(f"webnet: {words}\n")
    return 2


def check_free() -> None:
    """Another server on our port would answer in our place."""
    host, port = os.environ.get("WEBNET_BIND") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CannotStart(f"PORT is {port!r}: a number from 1 to 65535 is needed.")
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"{address()} is in use already; set PORT to a free one.") from error
        raise CannotStart(f"cannot listen on {host}:{port}: {error.strerror}.") from error


def standard_children() -> list[Child]:
    return [Child(*WEB), Child(*WORKER, stop_signals=WORKER_STOP)]


def run_up() -> int:
    """`webnet up`: migrate, start, supervise until asked to stop. Returns the exit code."""
    try:
        held = lock(data_folder())
        check_free()
        call("migrate")
    except CannotStart as error:
        return refuse(error)
    supervisor = Supervisor()
    try:
        for child in standard_children():
            supervisor.start(child)
        if supervisor.run(until=is_ready):
            say(f"webnet is ready at {address()}  (Ctrl-C stops it)")
            supervisor.run()
    finally:
        supervisor.stop()
        held.close()
    return 0
