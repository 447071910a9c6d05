"""The terminal's socket: typing, coming back, floods, watching, and the ends of sessions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from core.models import AuditEvent
from devices.models import Device
from terminals.models import TerminalSession
from terminals.services import close_session
from ui.tests.terminals import Client, echo, ended, on_loop, recorded, wait_until
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def server(terminal_server: int) -> int:
    return terminal_server


def test_a_session_from_login_to_logout_is_audited_and_recorded(router: Device, operator: User) -> None:
    client = Client(router, operator, "cols=100&rows=30")
    opened = client.told("opened")
    assert (opened["device"], opened["types"], opened["cols"]) == ("edge1", True, 100)
    client.shows("edge1>")
    client.type("show clock\r")
    client.until(lambda: client.shown.count(b"edge1>") == 2)
    client.say(type="enable")
    client.shows("edge1#")
    client.type("exit\r")
    closed = client.told("closed")
    assert closed["reason"] == "device"
    assert client.closed() == 1000
    row = ended(opened["session"])
    assert row.source_address == "127.0.0.1"
    assert recorded(row.pk).encode() == client.shown
    assert b"sim-enable" not in client.shown
    actions = list(
        AuditEvent.objects.filter(action__startswith="terminal.").order_by("pk").values_list("action", "actor_name")
    )
    assert actions == [("terminal.open", "operator"), ("terminal.enable", "operator"), ("terminal.close", "operator")]
    router.refresh_from_db()
    assert router.host_key.startswith("ssh-"), "the first key was pinned"
    assert AuditEvent.objects.filter(action="device.pin_host_key").count() == 1


def test_a_changed_host_key_stops_it(router: Device, operator: User) -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJh"
    Device.objects.filter(pk=router.pk).update(host_key=other)
    client = Client(router, operator)
    closed = client.told("closed")
    assert closed["reason"] == "failed"
    assert "host key" in closed["detail"]
    router.refresh_from_db()
    assert router.host_key == other


def test_wrong_password_is_said_in_words(router: Device, operator: User) -> None:
    router.credential.password = "wrong"
    router.credential.save()
    client = Client(router, operator)
    assert "refused the login of user 'netops'" in client.told("closed")["detail"]
    assert TerminalSession.objects.get().reason == "failed"


def test_old_algorithms_come_with_a_warning(router: Device, operator: User) -> None:
    Device.objects.filter(pk=router.pk).update(connection_options={"legacy_ssh": True})
    client = Client(router, operator)
    client.shows("Old SSH algorithms")
    client.shows("edge1>")


def test_a_dropped_client_comes_back_where_it_was(host_with: Callable[..., Device], operator: User) -> None:
    device = host_with(echo)
    first = Client(device, operator)
    first.type("one\r")
    first.shows("one\r\n")
    session = first.told("opened")["session"]
    first.drop()
    second = Client(device, operator, f"session={session}&after={first.count}")
    second.type("two\r")
    second.shows("two\r\n")
    assert second.told("resumed") == {"type": "resumed", "seq": first.count, "reset": False, "modes": ""}
    assert b"one" not in second.shown
    fresh = Client(device, operator, f"session={session}")  # as a page that was loaded anew
    fresh.shows("two\r\n")
    assert fresh.told("resumed")["reset"] is True
    assert fresh.shown == b"$ one\r\ntwo\r\n"
    second.until(lambda: not second.told("control")["types"])  # one types in one place at a time


def test_whoever_does_not_come_back_in_time_finds_it_ended(
    host_with: Callable[..., Device], operator: User, settings: Any
) -> None:
    settings.TERMINAL_GRACE_S = 0
    device = host_with(echo)
    client = Client(device, operator)
    client.shows("$ ")
    session = client.told("opened")["session"]
    client.drop()
    wait_until(lambda: TerminalSession.objects.get(pk=session).status == "ended")
    assert ended(session).reason == "left"
    late = Client(device, operator, f"session={session}")
    assert late.told("error")["code"] == "no_session"
    assert late.closed() == 4404


async def flood(process: Any) -> None:
    """Prints without end until Ctrl-C, then gives a prompt."""
    process.stdout.write(b"$ ")
    await process.stdin.read(100)
    line = b"x" * 1021 + b"\r\n"
    writing = asyncio.create_task(_write(process, line))
    while b"\x03" not in await process.stdin.read(100):
        pass
    writing.cancel()
    process.stdout.write(b"\r\nSTOPPED\r\n")
    await process.stdin.read(100)
    process.exit(0)


async def _write(process: Any, line: bytes) -> None:
    while True:
        process.stdout.write(line * 16)
        await process.stdout.drain()


def test_who_acknowledges_nothing_gets_64_kilobytes_and_the_device_waits(
    host_with: Callable[..., Device], operator: User
) -> None:
    device = host_with(flood)
    client = Client(device, operator, acks=False)
    client.shows("$ ")
    client.type("go\r")
    client.until(lambda: client.count >= 64 * 1024)
    assert not client.step(1.0), "no more without an acknowledgement"
    assert client.count == 64 * 1024

    def held() -> int:
        from terminals.host import host

        [live] = host().lives.values()
        return live.ring.end

    assert on_loop(held) < 64 * 1024 * 5
    client.say(type="ack", bytes=64 * 1024)
    client.until(lambda: client.count == 96 * 1024)  # so slow a client gets half of it


def test_ctrl_c_in_a_flood_works_at_once(host_with: Callable[..., Device], operator: User) -> None:
    device = host_with(flood)
    client = Client(device, operator)
    client.shows("$ ")
    client.type("go\r")
    client.until(lambda: client.count > 2_000_000)
    started = time.monotonic()
    client.type("\x03")
    client.shows("STOPPED")
    assert time.monotonic() - started < 5, "device, server and client share one busy process here"


def test_a_disabled_device_and_a_logout_end_it_within_seconds(host_with: Callable[..., Device], operator: User) -> None:
    device = host_with(echo)
    client = Client(device, operator)
    client.shows("$ ")
    Device.objects.filter(pk=device.pk).update(enabled=False)
    assert client.told("closed", 3)["reason"] == "disabled"
    assert Client(device, operator).told("error")["detail"] == "The device is disabled."
    Device.objects.filter(pk=device.pk).update(enabled=True)
    again = Client(device, operator)
    again.shows("$ ")
    session = again.told("opened")["session"]
    Session.objects.all().delete()
    started = time.monotonic()
    assert again.closed() == 4401
    assert time.monotonic() - started < 3
    wait_until(lambda: TerminalSession.objects.get(pk=session).status == "ended")
    assert ended(session).reason == "login"


def test_who_logs_out_while_away_has_no_session_left(host_with: Callable[..., Device], operator: User) -> None:
    client = Client(host_with(echo), operator)
    client.shows("$ ")
    session = client.told("opened")["session"]
    client.drop()
    Session.objects.all().delete()
    wait_until(lambda: TerminalSession.objects.get(pk=session).status == "ended", 5)
    assert ended(session).reason == "login"


def test_idle_sessions_end_after_a_warning(host_with: Callable[..., Device], operator: User, settings: Any) -> None:
    settings.TERMINAL_IDLE_S = 2
    client = Client(host_with(echo), operator)
    limit = client.told("limit")
    assert limit["kind"] == "idle"
    assert 0 <= limit["ends_in_s"] <= 2
    assert client.told("closed", 5)["reason"] == "idle"


def test_another_operator_watches_and_takes_over(host_with: Callable[..., Device], operator: User, admin: User) -> None:
    device = host_with(echo)
    first = Client(device, operator)
    first.type("one\r")
    first.shows("one\r\n")
    session = first.told("opened")["session"]
    second = Client(device, admin, f"session={session}")
    second.shows("one\r\n")
    assert second.told("opened")["types"] is False
    assert first.told("watching")["names"] == ["admin"]
    second.say(type="take")
    assert first.told("asked")["by"] == "admin"
    first.say(type="answer", gives=True)
    second.until(lambda: second.told("control")["types"])
    second.type("two\r")
    second.shows("two\r\n")
    first.shows("two\r\n")
    first.type("three\r")
    assert first.told("error")["detail"].startswith("You watch this session")
    second.say(type="end")
    assert second.told("closed")["reason"] == "closed"
    actions = set(AuditEvent.objects.values_list("action", "actor_name"))
    assert {("terminal.watch", "admin"), ("terminal.take_over", "admin"), ("terminal.close", "admin")} <= actions


def test_ended_from_elsewhere(host_with: Callable[..., Device], operator: User) -> None:
    client = Client(host_with(echo), operator)
    client.shows("$ ")
    close_session(actor=operator, session=TerminalSession.objects.get())
    assert client.told("closed", 5)["reason"] == "closed"
