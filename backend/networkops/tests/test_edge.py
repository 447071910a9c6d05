"""What the libraries raise, and what an engineer reads: (exception, doing, error class, words in it)."""
# ruff: noqa: E501 - one case a line

from __future__ import annotations

import logging
import socket

import jnpr.junos.exception as pyez
import napalm.base.exceptions as napalm
import ncclient.transport.errors as ncclient
import netmiko.exceptions as netmiko
import paramiko.ssh_exception as paramiko
import pytest

from networkops import errors
from networkops.edge import one_line, translate
from networkops.session import Session
from networkops.types import HostSpec

LOGIN, COMMAND = "logging in", "waiting for 'show running-config'"


class FakeJunosDevice:
    hostname, user, port = "192.0.2.1", "bob", 830


CASES = [
    (paramiko.AuthenticationException("Authentication failed."), LOGIN, errors.LoginRefused, "user 'bob'"),
    (netmiko.NetmikoAuthenticationException("Authentication to device failed."), LOGIN, errors.LoginRefused, "refused"),
    (paramiko.BadAuthenticationType("x", ["publickey"]), LOGIN, errors.LoginRefused, "refused"),
    (napalm.ConnectAuthError(), LOGIN, errors.LoginRefused, "refused"),
    (pyez.ConnectAuthError(FakeJunosDevice()), LOGIN, errors.LoginRefused, "refused"),
    (ncclient.AuthenticationError("no"), LOGIN, errors.LoginRefused, "refused"),
    (paramiko.AuthenticationException("Authentication timeout."), LOGIN, errors.DeviceTimeout, "no answer"),
    (ncclient.SSHUnknownHostError("h", "aa:bb"), LOGIN, errors.HostKeyChanged, "no password was sent"),
    (paramiko.SSHException("Server 'h' not found in known_hosts"), LOGIN, errors.HostKeyChanged, "no password was sent"),
    (paramiko.IncompatiblePeer("no acceptable ciphers"), LOGIN, errors.DriverError, "'legacy_ssh'"),
    (paramiko.SSHException("Error reading SSH protocol banner"), LOGIN, errors.ConnectionLost, "before the login"),
    (paramiko.SSHException('Indecipherable protocol version "HTTP/1.1"'), LOGIN, errors.PromptNotUnderstood, "not speak SSH"),
    (ValueError("Unable to find prompt: "), LOGIN, errors.DeviceTimeout, "no prompt"),
    (netmiko.ReadTimeout("Pattern not detected"), COMMAND, errors.PromptNotUnderstood, "prompt"),
    (netmiko.ReadException("channel closed"), COMMAND, errors.ConnectionLost, "closed the connection"),
    (EOFError(), COMMAND, errors.ConnectionLost, "closed the connection"),
    (ConnectionResetError(104, "reset by peer"), COMMAND, errors.ConnectionLost, "closed the connection"),
    (BrokenPipeError(32, "broken pipe"), COMMAND, errors.ConnectionLost, "closed the connection"),
    (OSError("Socket is closed"), COMMAND, errors.ConnectionLost, "closed the connection"),
    (paramiko.SSHException("SSH session not active"), COMMAND, errors.ConnectionLost, "closed the connection"),
    (napalm.ConnectionClosedException("x"), COMMAND, errors.ConnectionLost, "closed the connection"),
    (pyez.ConnectClosedError(FakeJunosDevice()), COMMAND, errors.ConnectionLost, "closed the connection"),
    (TimeoutError("timed out"), COMMAND, errors.DeviceTimeout, "no answer"),
    (netmiko.NetmikoTimeoutException("TCP connection to device failed."), LOGIN, errors.DeviceTimeout, "no answer"),
    (pyez.ConnectTimeoutError(FakeJunosDevice()), LOGIN, errors.HostUnreachable, "192.0.2.1:22"),
    (pyez.ConnectRefusedError(FakeJunosDevice()), LOGIN, errors.HostUnreachable, "192.0.2.1:22"),
    (napalm.ConnectionException("Cannot connect"), LOGIN, errors.HostUnreachable, "192.0.2.1:22"),
    (napalm.CommandErrorException("% Invalid input"), COMMAND, errors.CommandRefused, "% Invalid input"),
    (napalm.MergeConfigException("line 3: bad\nline 4"), COMMAND, errors.ConfigRefused, "line 3: bad line 4"),
    (napalm.ReplaceConfigException("no"), COMMAND, errors.ConfigRefused, "refused the configuration"),
    (errors.CommandRefused("as it is"), COMMAND, errors.CommandRefused, "as it is"),
    (ZeroDivisionError("secret-password"), COMMAND, errors.DriverError, "unexpected ZeroDivisionError"),
    (KeyError("secret-password"), COMMAND, errors.DriverError, "unexpected KeyError"),
    (SystemExit(1), COMMAND, errors.DriverError, "unexpected SystemExit"),
]  # fmt: skip


def _session(doing: str = COMMAND) -> Session:
    spec = HostSpec(1, "r1", "192.0.2.1", 22, "ios", "bob", "secret-password")
    session = Session(spec, 30, lambda event: None)
    session.doing = doing
    return session


@pytest.mark.parametrize(("raised", "doing", "error", "words"), CASES, ids=lambda value: str(value)[:40])
def test_translate(raised: BaseException, doing: str, error: type[errors.NetworkError], words: str) -> None:
    translated = translate(raised, _session(doing))

    assert type(translated) is error
    assert words in str(translated)
    assert "\n" not in str(translated)
    assert "secret-password" not in str(translated)


def test_cause_below_a_wrapper_counts() -> None:
    """Netmiko turns every SSHException into its own timeout: what it was in truth stands in the context."""
    try:
        try:
            raise paramiko.IncompatiblePeer("no acceptable kex algorithm")
        except paramiko.SSHException:
            raise netmiko.NetmikoTimeoutException("A paramiko SSHException occurred")  # noqa: B904 - as Netmiko does
    except netmiko.NetmikoTimeoutException as error:
        assert "no SSH algorithms in common" in str(translate(error, _session(LOGIN)))


def test_prompt_error_shows_what_the_device_said() -> None:
    session = _session(LOGIN)
    session.tail = "Welcome\r\nPress \x1b[7mRETURN\x1b[0m to get started"

    words = str(translate(netmiko.ReadTimeout("x"), session))

    assert "Press" in words
    assert "\x1b" not in words


def test_unexpected_error_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "networkops.edge"):
        try:
            raise ZeroDivisionError("bad secret-password")
        except ZeroDivisionError as error:
            translate(error, _session())

    assert "Traceback" in caplog.text
    assert "test_edge.py" in caplog.text
    assert "secret-password" not in caplog.text


def test_one_line_is_bounded_and_printable() -> None:
    assert one_line("a\tb\r\n\x00c") == "a b c"
    assert len(one_line("x" * 1000)) == 160


def test_socket_timeout_is_a_timeout() -> None:
    assert isinstance(translate(socket.timeout("timed out"), _session()), errors.DeviceTimeout)  # noqa: UP041


@pytest.mark.parametrize(
    ("tail", "error"),
    [
        ("r1>terminal width 511", errors.DeviceTimeout),
        ("Welcome\r\nops@mx1> set cli screen-length 0", errors.DeviceTimeout),
        ("r1(config)#no banner motd", errors.DeviceTimeout),
        ("Press RETURN to get started", errors.PromptNotUnderstood),
        ("ø ÜÉC>p ÿûóWgÂ4°ã»_Û+Æ", errors.PromptNotUnderstood),
        ("100% of memory used, -->", errors.PromptNotUnderstood),
    ],
)
def test_device_that_only_echoed_the_command_is_slow(tail: str, error: type[errors.NetworkError]) -> None:
    session = _session()
    session.tail = tail

    assert type(translate(netmiko.ReadTimeout("x"), session)) is error
