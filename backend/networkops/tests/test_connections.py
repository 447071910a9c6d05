"""Logins by key, host keys before passwords, and reading from the command line."""
# ruff: noqa: E501 - one device line a line

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh
import pytest

from networkops import errors
from networkops.drivers.cli import CliConnection, open_cli, private_key, prompt_regex, refusal
from networkops.platforms import PLATFORMS
from networkops.session import Session
from networkops.tests.conftest import MakeFleet, ends, host, run, settled
from networkops.types import Event, HostKeySeen, HostSpec, Line
from simulator import DeviceSpec

KEYS = {
    "ssh-ed25519": asyncssh.generate_private_key("ssh-ed25519"),
    "ecdsa-sha2-nistp256": asyncssh.generate_private_key("ecdsa-sha2-nistp256"),
    "ssh-rsa": asyncssh.generate_private_key("ssh-rsa", key_size=2048),
}


@pytest.mark.parametrize("kind", list(KEYS))
def test_login_by_private_key(make_fleet: MakeFleet, kind: str) -> None:
    public = KEYS[kind].export_public_key("openssh").decode()
    fleet = make_fleet(DeviceSpec("r1", public_key=public))

    spec = host(fleet, "r1", password="never sent", private_key=KEYS[kind].export_private_key("openssh").decode())

    assert ends(run([spec]))[1].error is None


@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem", "pkcs1-pem"])
def test_private_key_in_other_forms(form: str) -> None:
    assert private_key(KEYS["ssh-rsa"].export_private_key(form).decode()).get_name() == "ssh-rsa"


def test_refused_private_key_says_so(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", public_key=KEYS["ssh-rsa"].export_public_key("openssh").decode()))
    other = KEYS["ssh-ed25519"].export_private_key("openssh").decode()

    error = ends(run([host(fleet, "r1", private_key=other)]))[1].error

    assert type(error) is errors.LoginRefused
    assert str(error).endswith("with its key")


@pytest.mark.parametrize(
    "text", ["rubbish", KEYS["ssh-ed25519"].export_private_key("openssh", passphrase="secret").decode()]
)
def test_unreadable_private_key_is_refused(text: str) -> None:
    with pytest.raises(errors.LoginRefused, match="cannot be read"):
        private_key(text)


class Witness(asyncssh.SSHServer):
    """Lets nobody in and remembers whoever tried to log in."""

    def __init__(self, seen: list[str], open_connections: set[asyncssh.SSHServerConnection]) -> None:
        self.seen = seen
        self.open = open_connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connection = conn
        self.open.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.discard(self.connection)

    def begin_auth(self, username: str) -> bool:
        self.seen.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.seen.append(password)
        return False


@contextmanager
def _witness(*keys: asyncssh.SSHKey) -> Iterator[tuple[int, list[str]]]:
    """Port of an SSH server with these host keys, and what clients told it of themselves."""
    seen: list[str] = []
    connections: set[asyncssh.SSHServerConnection] = set()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def serve() -> Witness:
        return Witness(seen, connections)

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen("127.0.0.1", 0, server_factory=serve, server_host_keys=list(keys))

    async def stop(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()
        for connection in list(connections):
            connection.abort()
        while connections or len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield server.get_port(), seen
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _public(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key("openssh").decode().split()[:2])


@pytest.mark.parametrize("platform", ["ios", "eos", "frr", "junos", "iosxr"])
@pytest.mark.parametrize("pinned", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_neither_user_nor_password_is_told_to_a_changed_key(platform: str, pinned: str) -> None:
    shown = asyncssh.generate_private_key("ssh-ed25519")
    with _witness(shown) as (port, seen):
        spec = HostSpec(1, "r1", "127.0.0.1", port, platform, "bob", "secret", host_key=_public(KEYS[pinned]))

        end = ends(run([spec]))[1]

    assert type(end.error) is errors.HostKeyChanged
    assert seen == []


@pytest.mark.parametrize("platform", ["ios", "eos", "frr", "junos", "iosxr"])
def test_pinned_key_is_asked_for_among_several(platform: str) -> None:
    with _witness(*KEYS.values()) as (port, seen):
        for pinned in KEYS.values():
            spec = HostSpec(1, "r1", "127.0.0.1", port, platform, "bob", "secret", host_key=_public(pinned))
            expected = errors.NotConfigured if (platform, pinned) == ("junos", KEYS["ssh-rsa"]) else errors.LoginRefused

            assert type(ends(run([spec]))[1].error) is expected

    assert "secret" in seen


@pytest.mark.parametrize("platform", ["junos", "iosxr"])
def test_first_contact_of_drivers_with_their_own_client_is_scanned(platform: str) -> None:
    with _witness(KEYS["ssh-ed25519"]) as (port, seen):
        events = run([HostSpec(1, "r1", "127.0.0.1", port, platform, "bob", "secret")])

    assert [event.host_key for event in events if isinstance(event, HostKeySeen)] == [_public(KEYS["ssh-ed25519"])]
    assert type(ends(events)[1].error) is errors.LoginRefused
    assert "secret" in seen


def test_show_and_its_refusal(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1"))
    events: list[Event] = []
    session = Session(host(fleet, "r1"), 20, events.append)
    netmiko = open_cli("cisco_ios", session)
    connection = CliConnection(netmiko, session, PLATFORMS["ios"])

    assert "uptime is" in connection.show("show version")
    with pytest.raises(errors.CommandRefused, match="the device refused 'show nonsense': % Invalid input"):
        connection.show("show nonsense")
    assert "hostname r1" in connection.running_config()

    netmiko.disconnect()
    session.release()
    assert settled(lambda: fleet["r1"].sessions == 0)


def test_legacy_algorithms_come_with_a_warning(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1"))

    events = run([host(fleet, "r1", options={"legacy_ssh": True})])

    assert ends(events)[1].error is None
    assert [event.level for event in events if isinstance(event, Line) and "old SSH" in event.text] == ["warning"]


PROMPTS = [
    ("r1", "\r\nr1#", "text\nr1#", "text\nr1# more"),
    ("r1", "\r\nr1#", "\nr1>", "\nrouter bgp 1#"),
    ("router", "router#", "\nrouter(config)#", "\nrouter bgp 65000"),
    ("admin@r1", "\r\n{master:0}\r\nadmin@r1> ", "\nadmin@r1> ", "\nadmin@r1> }"),
    ("HW", "\r\n<HW>", "\n<HW>", "\n HW route>\n#"),
    ("[admin@MikroTik]", "[admin@MikroTik] > ", "\n[admin@MikroTik] > ", "\n/system"),
    ("A:sr1", "\r\n*A:sr1# ", "\nA:sr1# ", "\n# end"),
]


@pytest.mark.parametrize(("base", "tail", "prompt", "other"), PROMPTS)
def test_prompt_is_told_from_text(base: str, tail: str, prompt: str, other: str) -> None:
    regex = prompt_regex(base, tail)

    assert regex is not None
    assert regex.search(prompt)
    assert not regex.search(other)


def test_prompt_that_does_not_look_like_one_is_left_to_netmiko() -> None:
    assert prompt_regex("r1", "\r\n(Cisco Controller)\r\n") is None
    assert prompt_regex("", "#") is None


REFUSALS = [
    ("ios", "            ^\n% Invalid input detected at '^' marker.\n", "% Invalid input detected at '^' marker."),
    ("ios", "% Incomplete command.\n", "% Incomplete command."),
    ("ios", "hostname r1\nbanner motd ^C 100 % sure ^C\nend\n", ""),
    ("eos", "% Invalid input\n", "% Invalid input"),
    ("frr", "% Unknown command: show nonsense\n", "% Unknown command: show nonsense"),
    ("junos_cli", "              ^\nunknown command.\n", "unknown command."),
    ("junos_cli", "error: permission denied\n", "error: permission denied"),
    ("junos_cli", "system {\n    host-name r1;\n}\n", ""),
    ("cisco_asa", "ERROR: % Invalid input detected at '^' marker.\n", "ERROR: % Invalid input detected at '^' marker."),
    ("huawei", "Error: Unrecognized command found at '^' position.\n", "Error: Unrecognized command found at '^' position."),
    ("mikrotik_routeros", "bad command name foo (line 1 column 1)\n", "bad command name foo (line 1 column 1)"),
    ("vyos", "  Invalid command: [foo]\n", "Invalid command: [foo]"),
    ("linux", "-bash: foo: command not found\n", "-bash: foo: command not found"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "output", "line"), REFUSALS)
def test_refusal_is_the_devices_own_line(platform: str, output: str, line: str) -> None:
    assert refusal(output, PLATFORMS[platform]) == line
