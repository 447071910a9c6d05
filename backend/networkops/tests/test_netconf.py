"""Junos over NETCONF, through NAPALM and PyEZ as they are, against the little of it that a backup needs."""

from __future__ import annotations

import asyncio
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from networkops import errors
from networkops.drivers.files import memory_folder
from networkops.tests.conftest import ends, run, run_threads, settled
from networkops.types import HostKeySeen, HostSpec

CONFIG = "## Last commit: 2026-11-20 10:00:00 UTC by bob\nsystem {\n    host-name r1;\n}\n"
HELLO = """<?xml version="1.0"?><hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>
<capability>urn:ietf:params:netconf:base:1.0</capability></capabilities><session-id>1</session-id></hello>]]>]]>"""
KEY = asyncssh.generate_private_key("ssh-ed25519")
LOGIN_KEY = asyncssh.generate_private_key("ssh-ed25519")


class NetconfServer(asyncssh.SSHServer):
    """Lets `bob` in with his password or his key."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("bob", "secret")

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key == LOGIN_KEY.convert_to_public()


class Refusal(asyncssh.SSHServerSession[str]):
    """A session that offers no subsystem."""

    def subsystem_requested(self, subsystem: str) -> bool:
        return False


class NoNetconfServer(NetconfServer):
    """Lets the same users in, to nothing."""

    def session_requested(self) -> Refusal:
        return Refusal()


async def _serve(process: asyncssh.SSHServerProcess[str], *, mute_on: str) -> None:
    process.stdout.write(HELLO)
    while True:
        try:
            message = await process.stdin.readuntil("]]>]]>")
        except (asyncio.IncompleteReadError, asyncssh.BreakReceived):
            break
        if not (found := re.search(r'message-id="([^"]+)"', message)):
            continue  # the client's hello
        if mute_on and mute_on in message:
            continue
        body = f"<configuration-text>{CONFIG}</configuration-text>" if "get-configuration" in message else "<ok/>"
        attributes = f'xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="{found[1]}"'
        process.stdout.write(f"<rpc-reply {attributes}>{body}</rpc-reply>]]>]]>")
        if "close-session" in message:
            break
    process.exit(0)


@contextmanager
def _device(*, netconf: bool = True, mute_on: str = "") -> Iterator[HostSpec]:
    """A device that never answers requests which hold `mute_on`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def serve(process: asyncssh.SSHServerProcess[str]) -> None:
        await _serve(process, mute_on=mute_on)

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=NetconfServer if netconf else NoNetconfServer,
            server_host_keys=[KEY],
            process_factory=serve if netconf else None,
        )

    async def stop(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    host_key = " ".join(KEY.export_public_key("openssh").decode().split()[:2])
    try:
        yield HostSpec(1, "r1", "127.0.0.1", server.get_port(), "junos", "bob", "secret", host_key=host_key)
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _left_files() -> set[Path]:
    return set(Path(memory_folder() or tempfile.gettempdir()).glob("webnet-ssh-*"))


@pytest.mark.parametrize("pinned", [True, False])
def test_configuration_is_fetched_with_the_key_pinned(pinned: bool) -> None:
    with _device() as spec:
        events = run([spec if pinned else replace(spec, host_key="")])

    end = ends(events)[1]
    assert end.error is None
    assert end.result.text == CONFIG
    assert end.result.problems == ()
    assert [event.host_key for event in events if isinstance(event, HostKeySeen)] == ([] if pinned else [spec.host_key])
    assert settled(lambda: not run_threads())


def test_login_by_key_leaves_no_file_behind() -> None:
    before = _left_files()
    with _device() as spec:
        key = LOGIN_KEY.export_private_key("openssh").decode()

        assert ends(run([replace(spec, password="", private_key=key)]))[1].error is None

    assert _left_files() == before


def test_wrong_password_is_a_refused_login() -> None:
    with _device() as spec:
        assert type(ends(run([replace(spec, password="wrong")]))[1].error) is errors.LoginRefused


def test_device_without_netconf_says_so() -> None:
    with _device(netconf=False) as spec:
        error = ends(run([spec]))[1].error

    assert type(error) is errors.NotConfigured
    assert "offers no NETCONF" in str(error)


def test_hung_device_times_out_and_lets_its_thread_go() -> None:
    with _device(mute_on="get-configuration") as spec:
        end = ends(run([spec], timeout_s=2))[1]

        assert type(end.error) is errors.DeviceTimeout
        assert end.duration_s < 3
        assert settled(lambda: not run_threads())


def test_result_is_kept_when_the_device_never_says_goodbye() -> None:
    with _device(mute_on="close-session") as spec:
        end = ends(run([spec], timeout_s=2))[1]

        assert end.error is None
        assert end.result.text == CONFIG
        assert end.duration_s < 3
        assert settled(lambda: not run_threads())
