"""Sessions whose user may no longer, or whose network is gone without a word: they end, and say why."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from customers.models import Customer
from devices.models import Device
from networkops.terminal import shell
from terminals.models import TerminalSession
from ui.tests.terminals import Client, echo, ended, wait_until
from users.enums import Role
from users.keys import create_key, revoke_key
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
GENEROUS_S = 30


@pytest.fixture(autouse=True)
def server(terminal_server: int) -> int:
    return terminal_server


def typed_in(client: Client) -> int:
    client.shows("$ ")
    client.type("one\r")
    client.shows("one\r\n")
    session: int = client.told("opened")["session"]
    return session


def over(session: int) -> TerminalSession:
    wait_until(lambda: TerminalSession.objects.get(pk=session).status == "ended", GENEROUS_S)
    return ended(session)


def test_a_role_that_is_taken_away_ends_it(host_with: Callable[..., Device], operator: User) -> None:
    client = Client(host_with(echo), operator)
    session = typed_in(client)
    User.objects.filter(pk=operator.pk).update(role=Role.VIEWER)
    assert client.closed(GENEROUS_S) == 4403
    assert client.told("error")["detail"]
    assert over(session).reason == "login"
    assert over(session).config_check == "waiting", "what it changed is looked at all the same"


def test_a_membership_that_is_removed_ends_it(host_with: Callable[..., Device], operator: User, acme: Customer) -> None:
    client = Client(host_with(echo), operator)
    session = typed_in(client)
    operator.customers.remove(acme)
    assert client.closed(GENEROUS_S) == 4404
    assert client.told("error")["detail"]
    assert over(session).reason == "login"


def test_a_key_that_is_revoked_ends_it(host_with: Callable[..., Device], operator: User) -> None:
    key, text = create_key(actor=operator, user=operator, name="k", scopes=["write"], customers=[])
    client = Client(host_with(echo), Authorization=f"Api-Key {text}")
    session = typed_in(client)
    revoke_key(actor=operator, key=key)
    assert client.closed(GENEROUS_S) == 4401
    assert over(session).reason == "login"


@contextmanager
def line_to(port: int) -> Iterator[tuple[int, threading.Event]]:
    """A line to the device that carries nothing more, without an end, once the event is set."""
    listener, silent, ends = socket.create_server(("127.0.0.1", 0)), threading.Event(), list[socket.socket]()

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not silent.is_set():
                    target.sendall(data)

    def accept() -> None:
        with suppress(OSError):
            while True:
                pair = (listener.accept()[0], socket.create_connection(("127.0.0.1", port)))
                ends.extend(pair)
                for source, target in (pair, pair[::-1]):
                    threading.Thread(target=carry, args=(source, target), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], silent
    finally:
        for end in (listener, *ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def test_a_device_that_vanishes_without_a_word_is_given_up(
    host_with: Callable[..., Device], operator: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(shell, "ALIVE_EVERY_S", 0.5)  # as said to asyncssh; else this takes a minute
    device = host_with(echo)
    with line_to(device.port) as (port, silent):
        Device.objects.filter(pk=device.pk).update(port=port)
        client = Client(device, operator)
        session = typed_in(client)
        silent.set()
        closed = client.told("closed", GENEROUS_S)
    assert closed["reason"] == "lost"
    assert "has not answered for" in closed["detail"]
    assert over(session).detail == closed["detail"]
