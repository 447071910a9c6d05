"""The Celery application, and a worker's signs of life."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_process_init, worker_ready, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webnet.settings")

app = Celery("webnet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_stop = threading.Event()


@setup_logging.connect
def _keep_django_logging(**_: Any) -> None:
    """Celery's own set-up would replace ours."""


@worker_init.connect
def _load_drivers(**_: Any) -> None:
    # before the pool forks: its processes share these pages, and no first job waits three seconds for imports
    from networkops.engine import preload

    preload()


@worker_process_init.connect
def _load_runner(**_: Any) -> None:
    import jobs.runner  # noqa: F401


@worker_ready.connect
def _start_beating(**_: Any) -> None:
    from core.tenancy import EVERY, within
    from jobs.services import send_shards
    from webnet.heartbeat import beat_until

    threading.Thread(
        target=beat_until, args=(_stop, f"{socket.gethostname()}:{os.getpid()}", "worker"), daemon=True
    ).start()
    with within(EVERY):
        send_shards()  # what was sent before this worker stood may be lost with the old one


@worker_shutdown.connect
def _stop_beating(**_: Any) -> None:
    _stop.set()
