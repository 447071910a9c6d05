"""A process's sign of life in the database, every few seconds."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, InterfaceError, connection

log = logging.getLogger(__name__)
EVERY_S = 5.0


def beat_until(stop: threading.Event, name: str, role: str) -> None:
    """Beat until told to stop; a database that is away is a warning, not an end."""
    from core.services import beat

    while not stop.is_set():
        try:
            beat(name=name, role=role)
        except (DatabaseError, InterfaceError) as error:
            log.warning("heartbeat not written", extra={"error": str(error).strip()})
            connection.close()
        stop.wait(EVERY_S)
    connection.close()
