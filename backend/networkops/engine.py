"""Run one task over many hosts and yield what happens, with a deadline, retry, pacing and cancel for each host."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from networkops.edge import translate
from networkops.errors import Cancelled, DriverError, NetworkError
from networkops.lanes import Lanes
from networkops.session import Session, seconds
from networkops.tasks import TASKS, TaskKind
from networkops.types import Admit, Event, HostDone, HostKeySeen, HostSpec, HostStarted, Line, RetryPolicy

logger = logging.getLogger(__name__)


def preload() -> None:
    """Import the drivers now: a worker calls it before it forks, so that its children share them and start at once."""
    from networkops import runner  # noqa: F401

    # Paramiko's transport threads log a traceback for every device that hangs up; we say it in words.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)


def stream(
    hosts: Sequence[HostSpec],
    task: str,
    params: Mapping[str, Any],
    *,
    threads: int,
    timeout_s: float,
    retry: RetryPolicy | None = None,
    admit: Admit | None = None,
    tick_s: float = 0.1,
) -> Run:
    """Start `task` (a key of `tasks.TASKS`) on `hosts`, at most `threads` at a time.

    The run yields events, None whenever `tick_s` went by without one, and exactly one HostDone per host. `timeout_s`
    is the time that one try on one host may take, from its start to its end; waiting for a thread, for `admit` or for
    the next try is not counted. Work goes on only while the run is being iterated.
    """
    return Run(hosts, TASKS[task], params, threads, timeout_s, retry or RetryPolicy(), admit, tick_s)


@dataclass(slots=True, eq=False)
class _Host:
    spec: HostSpec
    attempt: int
    """Number of the try that is under way, or 1 below the next one."""
    started: float | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class _End:
    """The last word of a thread about its try."""

    result: Any = None
    error: NetworkError | None = None


class Run(Iterator[Event | None]):
    """See `stream`. One thread iterates; `cancel` may be called from any, `close` from the iterating one."""

    def __init__(
        self,
        hosts: Sequence[HostSpec],
        kind: TaskKind,
        params: Mapping[str, Any],
        threads: int,
        timeout_s: float,
        retry: RetryPolicy,
        admit: Admit | None,
        tick_s: float,
    ) -> None:
        if threads < 1 or timeout_s <= 0:
            raise ValueError("a run needs at least one thread and a timeout above zero")
        preload()
        from networkops import runner

        self._kind, self._params = kind, params
        self._threads, self._timeout_s, self._tick_s = threads, timeout_s, tick_s
        self._retry = retry
        self._admit = (lambda host: admit(host.spec)) if admit else None
        self._waiting: Lanes[_Host] = Lanes(lambda host: host.spec.rate_keys)
        for spec in hosts:
            self._waiting.add(_Host(spec, spec.attempt - 1))
        self._active: dict[Session, _Host] = {}
        self._left = len(hosts)
        self._cancelled = False
        self._inbox: queue.SimpleQueue[tuple[_Host, Session, Event | _End] | None] = queue.SimpleQueue()
        self._outbox: deque[Event] = deque()
        self._task = runner.prepare(hosts, _work)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __next__(self) -> Event | None:
        tick = time.monotonic() + self._tick_s
        while True:
            self._pump()
            if self._outbox:
                return self._outbox.popleft()
            if not self._left:
                raise StopIteration
            now = time.monotonic()
            if now >= tick:
                return None
            self._receive(max(0.001, min(tick, self._next_moment()) - now))

    def cancel(self) -> None:
        """End every host that is not done with HostDone(error=Cancelled)."""
        self._cancelled = True
        self._inbox.put(None)

    def close(self) -> None:
        """Give everything up without a further event; the iterator is at its end."""
        for session in self._active:
            session.abort()
        self._active.clear()
        list(self._waiting.drain())
        self._outbox.clear()
        self._left = 0

    def _pump(self) -> None:
        """One round: take what the threads said, then expire, cancel and start hosts."""
        # First the inbox, so that a caller who was away for a while does not turn finished hosts into late ones.
        while not self._inbox.empty():
            self._receive(0)
        if self._cancelled:
            self._cancel_all()
        now = time.monotonic()
        for session in [session for session in self._active if session.deadline <= now]:
            # A result is one, however long the goodbye takes.
            result = session.result
            self._give_up(session, _End(result[0]) if result else _End(error=session.timed_out()))
        while len(self._active) < self._threads and (host := self._waiting.take(self._admit)):
            self._start(host)

    def _next_moment(self) -> float:
        deadline = min((session.deadline for session in self._active), default=float("inf"))
        is_full = len(self._active) >= self._threads
        return deadline if is_full else min(deadline, self._waiting.next_moment())

    def _receive(self, timeout: float) -> None:
        try:
            message = self._inbox.get(timeout=timeout) if timeout > 0 else self._inbox.get_nowait()
        except queue.Empty:
            return
        if message is None:
            return
        host, session, said = message
        if isinstance(said, HostKeySeen):
            self._pin(host, said)
        elif session not in self._active:
            return  # from a try that was given up
        elif isinstance(said, _End):
            del self._active[session]
            self._ended(host, said)
        else:
            self._outbox.append(said)

    def _pin(self, host: _Host, said: HostKeySeen) -> None:
        if not host.done and not host.spec.host_key:
            host.spec = replace(host.spec, host_key=said.host_key)
            self._outbox.append(said)

    def _start(self, host: _Host) -> None:
        host.attempt += 1
        host.started = host.started or time.monotonic()
        session = Session(host.spec, self._timeout_s, lambda event: self._inbox.put((host, session, event)))
        self._active[session] = host
        self._outbox.append(HostStarted(host.spec.key, datetime.now(UTC), host.attempt))
        thread = threading.Thread(
            # with the caller's context: what the thread logs carries the job's correlation id
            target=copy_context().run,
            args=(
                _thread,
                self._task,
                session,
                self._kind,
                self._params,
                lambda end: self._inbox.put((host, session, end)),
            ),
            name=f"networkops-{host.spec.hostname}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError:
            self._give_up(session, _End(error=DriverError("this worker could not start another thread")))

    def _give_up(self, session: Session, end: _End) -> None:
        """End a try without waiting for its thread, which ends as soon as it notices that its sockets are gone."""
        host = self._active.pop(session)
        session.abort()
        self._ended(host, end)

    def _cancel_all(self) -> None:
        for session in list(self._active):
            self._give_up(session, _End(error=Cancelled("cancelled while the device was being worked on")))
        for host in self._waiting.drain():
            self._done(host, _End(error=Cancelled("cancelled before the device was reached")))

    def _ended(self, host: _Host, end: _End) -> None:
        error = end.error
        if error is None or not error.retryable or self._cancelled or host.attempt >= self._retry.max_attempts:
            self._done(host, end)
            return
        wait = self._retry.backoff_s * 2 ** (host.attempt - host.spec.attempt)
        text = f"try {host.attempt} of {self._retry.max_attempts}: {error}; next try in {seconds(wait)}"
        self._outbox.append(Line(host.spec.key, datetime.now(UTC), "warning", text))
        self._waiting.add_later(host, wait)

    def _done(self, host: _Host, end: _End) -> None:
        host.done = True
        self._left -= 1
        duration = time.monotonic() - host.started if host.started else 0.0
        now = datetime.now(UTC)
        self._outbox.append(HostDone(host.spec.key, now, host.attempt, duration, end.result, end.error))


def _thread(task: Any, session: Session, kind: TaskKind, params: Mapping[str, Any], end: Any) -> None:
    """Body of a try's thread: whatever happens, its last act is to say how it ended."""
    from networkops import runner

    outcome = [_End(error=DriverError("the worker's thread ended without a result"))]
    try:
        runner.start(task, session, kind, params, outcome.append)
    except BaseException as error:
        outcome.append(_End(error=translate(error, session)))
    finally:
        session.release()
        end(outcome[-1])


def _work(task: Any, session: Session, kind: TaskKind, params: Mapping[str, Any], end: Any) -> None:
    """What Nornir runs on a host. It never raises: Nornir would log and keep the traceback."""
    from networkops import runner

    try:
        end(_End(runner.run_kind(task, session, kind, params)))
    except BaseException as error:
        end(_End(error=translate(error, session)))
