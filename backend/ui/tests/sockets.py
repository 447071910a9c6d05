"""A real ASGI server in a thread, and what its clients say, for tests of websockets."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterable
from typing import Any

from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from core.tenancy import bound
from jobs.models import Job
from jobs.progress import add_lines
from users.models import User


class Daphne:
    """One server a test process: Twisted's reactor starts only once."""

    port = 0
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop

    @classmethod
    def start(cls) -> int:
        if not cls.port:
            ready = threading.Event()
            cls.thread = threading.Thread(target=cls._run, args=(ready,), daemon=True)
            cls.thread.start()
            assert ready.wait(20), "daphne did not start"
        return cls.port

    @classmethod
    def _run(cls, ready: threading.Event) -> None:
        from webnet.sockets import tune_daphne

        tune_daphne()
        from daphne import server as daphne

        from webnet.asgi import application

        def listening() -> None:
            cls.loop = asyncio.get_event_loop()
            cls.port = server.listening_addresses[0][1]
            ready.set()

        server = daphne.Server(
            application, endpoints=["tcp:port=0:interface=127.0.0.1"], signal_handlers=False, ready_callable=listening
        )
        server.run()

    @classmethod
    def stop(cls) -> None:
        if cls.port:
            from twisted.internet import reactor

            reactor.callFromThread(reactor.stop)
            cls.thread.join(20)

    @classmethod
    def wait_until_nobody_watches(cls) -> None:
        """Its threads must not read while the next test empties the tables."""
        from core.reading import close_all
        from ui.consumers import watch

        async def watchers() -> int:
            return len(watch.watch()._bells)

        deadline = time.monotonic() + 60
        while cls.port and asyncio.run_coroutine_threadsafe(watchers(), cls.loop).result(60):
            assert time.monotonic() < deadline, "somebody still watches a job"
            time.sleep(0.02)
        close_all()  # a read whose watcher is gone goes on: each thread takes this after what it has begun


def session_headers(user: User, port: int) -> dict[str, str]:
    """What a browser sends from a page of ours."""
    client = Client()
    client.force_login(user)
    return {"Cookie": f"sessionid={client.cookies['sessionid'].value}", "Origin": f"http://127.0.0.1:{port}"}


def open_socket(job_id: int | str, query: str = "", **headers: str) -> ClientConnection:
    names = {"Cookie", "Authorization"}
    extra = {name: value for name, value in headers.items() if name in names}
    return connect(
        f"ws://127.0.0.1:{Daphne.start()}/ws/jobs/{job_id}/{query}",
        additional_headers=extra,
        origin=headers.get("Origin"),  # type: ignore[arg-type]
        compression=None,
    )


def frames(socket: ClientConnection, timeout: float = 10) -> Iterable[dict[str, Any]]:
    """Everything until the server closes."""
    try:
        while True:
            yield json.loads(socket.recv(timeout))
    except ConnectionClosed:
        return


def close_code(socket: ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """All frames and the code with which the server closed."""
    seen = list(frames(socket))
    assert socket.protocol.close_code is not None
    return seen, socket.protocol.close_code


def lines_in(seen: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for frame in seen if frame["type"] == "log" for line in frame["lines"]]


def write_lines(job: Job, *texts: str, level: str = "info", device: int | None = None) -> None:
    with transaction.atomic():
        add_lines(job.pk, [(timezone.now(), level, device, text) for text in texts])


def end_job(job: Job) -> None:
    """The job's end as its last shard brings it about."""
    from jobs.enums import ShardStatus, TargetStatus
    from jobs.progress import settle

    with transaction.atomic():
        Job.objects.filter(pk=job.pk, status="queued").update(status="running", started_at=timezone.now())
        job.targets.filter(status=TargetStatus.PENDING).update(
            status=TargetStatus.SUCCEEDED, finished_at=timezone.now()
        )
        job.shards.update(status=ShardStatus.DONE)
        settle(job.pk)


def in_thread(function: Any, *args: Any) -> threading.Thread:
    def run() -> None:
        try:
            function(*args)
        finally:
            connections.close_all()

    thread = threading.Thread(target=bound(run))
    thread.start()
    return thread
