"""The web process: daphne, and in an embedded installation the scheduler beside it."""

from __future__ import annotations

import os
import sys
import threading

from django.conf import settings
from django.db import connections

from webnet.env import number, read
from webnet.parent import follow_parent
from webnet.sockets import tune_daphne

CONNECTIONS_KEPT, CONNECTIONS = 2, 20
CONNECTION_WAIT_S = 5


def share_connections() -> None:
    """Let requests take turns with open connections to PostgreSQL: CONNECTIONS of them at most, a few when nobody asks.

    Under ASGI each request has a thread of its own, and would open a connection of its own: a fork of the database's
    server, and some 20 ms. Who gets none within CONNECTION_WAIT_S, since all are taken or the database is away, has an
    OperationalError.
    """
    if settings.EMBEDDED:
        return
    database = connections.settings["default"]
    connections.close_all()
    database["CONN_MAX_AGE"] = 0
    database["CONN_HEALTH_CHECKS"] = False  # the engine looks whether a connection still stands
    database["OPTIONS"]["pool"] = {
        "min_size": CONNECTIONS_KEPT,
        "max_size": CONNECTIONS,
        "timeout": CONNECTION_WAIT_S,
        # tries grow rare with time: given up as early, the next request starts anew
        "reconnect_timeout": CONNECTION_WAIT_S,
        "max_idle": 60,
        "num_workers": 1,
    }


def serve(*, with_scheduler: bool) -> None:
    """Serve until SIGTERM or SIGINT. Does not return."""
    tune_daphne()
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server

    from webnet.asgi import application
    from webnet.bodies import bound_requests

    port, bind = number("PORT", 8000), read("WEBNET_BIND", "127.0.0.1")
    stop = threading.Event()
    follow_parent()
    if with_scheduler:
        from webnet.scheduler import run_until

        threading.Thread(target=run_until, args=(stop,), daemon=True, name="scheduler").start()
    share_connections()
    bound_requests()
    server = Server(
        application,
        endpoints=build_endpoint_description_strings(host=bind, port=port),
        server_name="webnet",
        http_timeout=None,
        websocket_handshake_timeout=10,
        application_close_timeout=5,
    )
    server.run()
    stop.set()
    if not server.listening_addresses:
        sys.stderr.write(f"webnet: cannot listen on {bind}:{port}\n")
    sys.stderr.flush()
    # an interpreter that winds down with open websockets can crash; everything is committed by now
    os._exit(0 if server.listening_addresses else 1)
