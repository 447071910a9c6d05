"""Channels, jobs that ended badly, and receivers: real servers on this machine."""

from __future__ import annotations

import http.server
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer
from jobs.models import Job, JobTarget
from jobs.progress import settle
from notifications.models import Channel
from notifications.services import create_channel
from users.models import User
from webnet.celery import app


class Receiver(http.server.ThreadingHTTPServer):
    """Answers as `how` says, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.how: Callable[[Handler], None] = lambda handler: handler.say(204)
        self.done = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=wh"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that the sender breaks off is what some tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, body))
        self.server.how(self)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """On loopback, which the installation lets webhooks into for once."""
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    settings.WEBHOOK_HTTP = True
    with Receiver() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.done.set()
        running.shutdown()
        thread.join()


@contextmanager
def at_once() -> Iterator[None]:
    """What goes to the queue inside is done at once."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def webhook(admin: User, acme: Customer, receiver: Receiver) -> Channel:
    return create_channel(actor=admin, customer=acme, kind="webhook", name="Pager", address=receiver.url)


@pytest.fixture
def mine(operator: User, acme: Customer) -> Channel:
    operator.email = "operator@acme.example"
    operator.save()
    return create_channel(actor=operator, customer=acme, kind="personal", name="To me")


EndJob = Callable[..., Job]


@pytest.fixture
def end_job(make_job: Callable[..., Job]) -> EndJob:
    """`end_job(user, [device, …], "failed", …)`: a job and how each target ended; `around`: its end."""

    def end(actor: User, devices: list[Any], *statuses: str, around: AbstractContextManager[None] | None = None) -> Job:
        job = make_job(actor, devices)
        for target, status in zip(job.targets.order_by("pk"), statuses, strict=True):
            code = "timeout" if status == "failed" else ""
            JobTarget.objects.filter(pk=target.pk).update(status=status, error_code=code)
        job.shards.update(status="done")
        Job.objects.filter(pk=job.pk).update(status="running")
        with around or nullcontext(), transaction.atomic():
            settle(job.pk)
        job.refresh_from_db()
        assert Counter(statuses) == Counter(job.targets.values_list("status", flat=True))
        return job

    return end


def wait_for(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.01)
