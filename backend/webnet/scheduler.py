"""The scheduler: runs what is due, in this process, whether or not a worker or the broker is there.

What it runs is compare-and-set in the database, so that two schedulers do no harm.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable

from django.db import connection

from core.tenancy import EVERY, within

log = logging.getLogger(__name__)


def periodic() -> list[tuple[float, Callable[[], object]]]:
    """Seconds between two runs, and what to run."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from core.idempotency import forget_old_answers
    from core.services import beat
    from devices.counts import recount
    from devices.importing.run import sweep_imports
    from jobs.schedules import start_due
    from jobs.services import Sweeper
    from monitoring.services import forget_old_checks
    from notifications.outbox import forget_old, sweep
    from terminals.changes import follow_sessions
    from terminals.services import sweep_sessions
    from users.lockout import forget_old_attempts
    from users.tokens import forget_expired

    name = f"{socket.gethostname()}:{os.getpid()}:beat"
    return [
        (2.0, Sweeper()),
        (1.0, start_due),
        (2.0, sweep_imports),
        (2.0, sweep),
        (5.0, sweep_sessions),
        (3.0, follow_sessions),
        (5.0, lambda: beat(name=name, role="beat")),
        (3600.0, lambda: Session.objects.filter(expire_date__lt=timezone.now()).delete()),
        (10.0, forget_old_checks),
        (3600.0, forget_old),
        (3600.0, forget_old_answers),
        (3600.0, forget_expired),
        (600.0, forget_old_attempts),
        (600.0, recount),
    ]


def run_until(stop: threading.Event) -> None:
    """Run everything when it is due until told to stop; a failure is logged and tried again next time."""
    due = [[0.0, every, work] for every, work in periodic()]
    while not stop.wait(0.2):
        for entry in due:
            if time.monotonic() >= entry[0]:  # type: ignore[operator]
                _once(entry[2])  # type: ignore[arg-type]
                entry[0] = time.monotonic() + entry[1]  # type: ignore[operator]
    connection.close()


def _once(work: Callable[[], object]) -> None:
    try:
        with within(EVERY):  # sweeps go through the rows of all customers
            work()
    except Exception:
        log.exception("scheduled work failed")
        connection.close()
