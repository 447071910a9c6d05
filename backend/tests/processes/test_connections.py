"""The web process and its connections to PostgreSQL: kept from request to request, and made anew when they end."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.processes.conftest import wait_until
from tests.processes.installation import Installation
from webnet.web import CONNECTION_WAIT_S, CONNECTIONS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="SQLite has no server to connect to"),
]
PROBE = "/readyz?for=web"


class Web:
    """A web process, and its database seen from outside."""

    def __init__(self, installation: Installation, server: psycopg.Connection) -> None:
        self.installation, self.server = installation, server
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{installation.port}", timeout=30)

    def ask(self, number: int = 0) -> int:
        try:
            return self.client.get(PROBE).status_code
        except httpx.ConnectError:
            return 0

    def sessions(self) -> set[int]:
        """Process ids of the database's server, one for each connection."""
        rows = self.server.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
            [self.installation.database],
        )
        return {pid for (pid,) in rows}

    def end_sessions(self) -> None:
        for pid in self.sessions():
            self.server.execute("SELECT pg_terminate_backend(%s)", [pid])

    @contextmanager
    def database_away(self) -> Iterator[None]:
        allow = f"ALTER DATABASE {self.installation.database} ALLOW_CONNECTIONS "
        self.server.execute(allow + "false")
        self.end_sessions()
        try:
            yield
        finally:
            self.server.execute(allow + "true")


@pytest.fixture
def web(installation: Installation) -> Iterator[Web]:
    installation.start("web")
    with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as server:
        made = Web(installation, server)
        wait_until(lambda: made.ask() == 200, 60, "an answer")
        yield made
        made.client.close()


def test_requests_share_connections(web: Web) -> None:
    seen = set()
    for _ in range(20):
        assert web.ask() == 200
        seen |= web.sessions()
    assert len(seen) < 5
    with ThreadPoolExecutor(3 * CONNECTIONS) as browsers:
        assert set(browsers.map(web.ask, range(9 * CONNECTIONS))) == {200}
    assert len(web.sessions()) <= CONNECTIONS


def test_requests_that_are_given_up_keep_no_connection(web: Web) -> None:
    """More of them than there are connections, while each is on its way and before it is answered."""
    words = f"GET {PROBE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    for number in range(3 * CONNECTIONS):
        with socket.create_connection(("127.0.0.1", web.installation.port)) as given_up:
            given_up.sendall(words)
            time.sleep(number % 6 / 1000)
    assert [web.ask() for _ in range(5)] == [200] * 5


def test_connections_that_ended_are_made_anew(web: Web) -> None:
    """As after a restart of the database: no request is answered with an error for it."""
    with ThreadPoolExecutor(8) as browsers:
        list(browsers.map(web.ask, range(40)))
    before = web.sessions()
    assert len(before) > 2
    web.end_sessions()
    wait_until(lambda: not before & web.sessions(), 5, "the sessions' end")
    assert [web.ask() for _ in range(10)] == [200] * 10


def test_a_database_that_comes_back_is_found_at_once(web: Web) -> None:
    with web.database_away():
        for _ in range(2):
            start = time.monotonic()
            assert web.ask() == 503
            assert time.monotonic() - start < 2 * CONNECTION_WAIT_S
    wait_until(lambda: web.ask() == 200, 2 * CONNECTION_WAIT_S, "the database's return")
