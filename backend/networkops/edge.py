"""The edge: whatever the libraries raise becomes one of our errors, in words."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator

from networkops.errors import (
    CommandRefused,
    ConfigRefused,
    ConnectionLost,
    DeviceTimeout,
    DriverError,
    HostKeyChanged,
    HostUnreachable,
    LoginRefused,
    NetworkError,
    NotConfigured,
    PromptNotUnderstood,
)
from networkops.hostkeys import host_key_changed, key_text
from networkops.redact import MASK
from networkops.session import Session

logger = logging.getLogger(__name__)

ECHO = re.compile(r"[\w.@:/()~-]{1,60}[>#$%] ?[ -~]*[A-Za-z0-9]", re.ASCII)
"""A prompt with a command behind it and nothing more: the device took the command and is still at it."""

Say = Callable[[BaseException, Session], NetworkError]


def translate(error: BaseException, session: Session) -> NetworkError:
    """`error` with its causes looked up in TABLE, first row that fits; the unexpected is a DriverError."""
    chain = list(_causes(error))
    for link in chain:
        if isinstance(link, NetworkError):
            return link
    for names, text, say in TABLE:
        for link in chain:
            if not names.isdisjoint(_names(link)) and text in str(link):
                return say(link, session)
    logger.error("unexpected error on %s while %s:\n%s", session.where, session.doing, _traceback(error, session))
    return DriverError(f"unexpected {type(error).__name__} in the driver while {session.doing}")


def _traceback(error: BaseException, session: Session) -> str:
    """The whole traceback without the host's secrets, which a library may have put into its message."""
    text = "".join(traceback.format_exception(error))
    spec = session.spec
    for secret in filter(None, (spec.password, spec.enable_secret, spec.private_key)):
        text = text.replace(secret, MASK)
    return text


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _names(error: BaseException) -> set[str]:
    """Dotted names of the error's classes: lets the table name libraries without importing them."""
    return {f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__}


def one_line(text: str, limit: int = 160) -> str:
    """Text of a device or a library as part of a message: one line, printable, bounded."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _bad_host_key(error: BaseException, session: Session) -> NetworkError:
    return host_key_changed(key_text(error.expected_key), key_text(error.key))  # type: ignore[attr-defined]


def _unknown_host_key(error: BaseException, session: Session) -> NetworkError:
    return HostKeyChanged(f"the host key of {session.where} is not the pinned one; no password was sent")


def _login_refused(error: BaseException, session: Session) -> NetworkError:
    what = "key" if session.spec.private_key else "password"
    return LoginRefused(f"the device refused the login of user '{session.spec.username}' with its {what}")


def _no_such_host_key(error: BaseException, session: Session) -> NetworkError:
    if not session.host_key:
        return _no_common_algorithms(error, session)
    kind = session.host_key.split()[0]
    return HostKeyChanged(f"the device has no {kind} host key any more, which is pinned; no password was sent")


def _no_common_algorithms(error: BaseException, session: Session) -> NetworkError:
    hint = "" if session.spec.options.get("legacy_ssh") else "; an old device may need the option 'legacy_ssh'"
    return DriverError(f"no SSH algorithms in common with the device ({one_line(str(error))}){hint}")


def _not_ssh(error: BaseException, session: Session) -> NetworkError:
    return PromptNotUnderstood(f"{session.where} takes the connection but does not speak SSH")


def _no_netconf(error: BaseException, session: Session) -> NetworkError:
    return NotConfigured(f"{session.where} lets us in, but offers no NETCONF; is it switched on, and on this port?")


def _hung_up_first(error: BaseException, session: Session) -> NetworkError:
    return ConnectionLost(
        f"{session.where} closed the connection before the login: all its lines are in use, or this is no SSH port"
    )


def _lost(error: BaseException, session: Session) -> NetworkError:
    got = f" after {session.received:,} bytes" if session.received else ""
    return ConnectionLost(f"the device closed the connection while {session.doing}{got}")


def _unreachable(error: BaseException, session: Session) -> NetworkError:
    return HostUnreachable(f"no connection to {session.where}")


def _no_prompt(error: BaseException, session: Session) -> NetworkError:
    if session.doing == "logging in" and not session.tail.strip():
        return DeviceTimeout(f"logged in to {session.where}, but the device sent no prompt")
    last = one_line(session.tail.strip().rpartition("\n")[2], 80)
    if ECHO.fullmatch(last):
        return DeviceTimeout(f"no answer from the device while {session.doing}; it only echoed '{last}'")
    return PromptNotUnderstood(
        f"no {session.spec.platform} prompt recognised while {session.doing}; last line: '{last}'"
    )


def _no_answer(error: BaseException, session: Session) -> NetworkError:
    return DeviceTimeout(f"no answer from the device while {session.doing}")


def _command_refused(error: BaseException, session: Session) -> NetworkError:
    return CommandRefused(f"the device refused the command: {one_line(str(error))}")


def _config_refused(error: BaseException, session: Session) -> NetworkError:
    return ConfigRefused(f"the device refused the configuration: {one_line(str(error))}")


# (dotted class names, text that the message must hold, what to say). The order is the priority: what is sure stands
# first, since Netmiko wraps nearly everything into its own timeout.
TABLE: tuple[tuple[frozenset[str], str, Say], ...] = (
    (frozenset({"paramiko.ssh_exception.BadHostKeyException"}), "", _bad_host_key),
    (frozenset({"ncclient.transport.errors.SSHUnknownHostError"}), "", _unknown_host_key),
    (frozenset({"paramiko.ssh_exception.SSHException"}), "not found in known_hosts", _unknown_host_key),
    (frozenset({"paramiko.ssh_exception.IncompatiblePeer"}), "no acceptable host key", _no_such_host_key),
    (frozenset({"paramiko.ssh_exception.IncompatiblePeer"}), "", _no_common_algorithms),
    (frozenset({"paramiko.ssh_exception.AuthenticationException"}), "uthentication timeout", _no_answer),
    (
        frozenset(
            {
                "paramiko.ssh_exception.AuthenticationException",
                "napalm.base.exceptions.ConnectAuthError",
                "jnpr.junos.exception.ConnectAuthError",
                "ncclient.transport.errors.AuthenticationError",
                "napalm.nxapi_plumbing.errors.NXAPIAuthError",
            }
        ),
        "",
        _login_refused,
    ),
    (frozenset({"ncclient.transport.errors.SSHError"}), "unacceptable SSH subsystem", _no_netconf),
    (frozenset({"jnpr.junos.exception.ConnectError"}), "Channel closed", _no_netconf),
    (frozenset({"paramiko.ssh_exception.SSHException"}), "Indecipherable protocol version", _not_ssh),
    (frozenset({"paramiko.ssh_exception.SSHException"}), "Error reading SSH protocol banner", _hung_up_first),
    (frozenset({"netmiko.exceptions.ReadTimeout"}), "", _no_prompt),
    (frozenset({"builtins.ValueError"}), "Unable to find prompt", _no_prompt),
    (frozenset({"builtins.ValueError"}), "Router prompt not found", _no_prompt),
    (
        frozenset(
            {
                "napalm.base.exceptions.CommandErrorException",
                "napalm.nxapi_plumbing.errors.NXAPICommandError",
                "napalm.pyIOSXR.exceptions.InvalidInputError",
                "napalm.pyIOSXR.exceptions.XMLCLIError",
            }
        ),
        "",
        _command_refused,
    ),
    (
        frozenset(
            {
                "napalm.base.exceptions.MergeConfigException",
                "napalm.base.exceptions.ReplaceConfigException",
                "napalm.base.exceptions.CommitError",
                "netmiko.exceptions.ConfigInvalidException",
                "jnpr.junos.exception.ConfigLoadError",
                "jnpr.junos.exception.CommitError",
            }
        ),
        "",
        _config_refused,
    ),
    (
        frozenset(
            {
                "netmiko.exceptions.ReadException",
                "netmiko.exceptions.WriteException",
                "napalm.base.exceptions.ConnectionClosedException",
                "napalm.pyIOSXR.exceptions.EOFError",
                "jnpr.junos.exception.ConnectClosedError",
                "ncclient.transport.errors.SessionCloseError",
                "builtins.EOFError",
                "builtins.ConnectionError",
                "paramiko.ssh_exception.ChannelException",
            }
        ),
        "",
        _lost,
    ),
    (frozenset({"builtins.OSError"}), "Socket is closed", _lost),
    (frozenset({"paramiko.ssh_exception.SSHException"}), "No existing session", _lost),
    (frozenset({"paramiko.ssh_exception.SSHException"}), "SSH session not active", _lost),
    (frozenset({"paramiko.ssh_exception.SSHException"}), "Channel closed", _lost),
    (
        frozenset(
            {
                "napalm.base.exceptions.ConnectTimeoutError",
                "jnpr.junos.exception.ConnectTimeoutError",
                "jnpr.junos.exception.ConnectRefusedError",
                "jnpr.junos.exception.ConnectUnknownHostError",
                "napalm.nxapi_plumbing.errors.NXAPIConnectionError",
                "requests.exceptions.ConnectionError",
            }
        ),
        "",
        _unreachable,
    ),
    (
        frozenset(
            {
                "builtins.TimeoutError",
                "netmiko.exceptions.NetmikoTimeoutException",
                "napalm.base.exceptions.CommandTimeoutException",
                "napalm.pyIOSXR.exceptions.TimeoutError",
                "jnpr.junos.exception.RpcTimeoutError",
                "ncclient.operations.errors.TimeoutExpiredError",
                "requests.exceptions.Timeout",
            }
        ),
        "",
        _no_answer,
    ),
    (
        frozenset(
            {
                "napalm.base.exceptions.ConnectionException",
                "napalm.pyIOSXR.exceptions.ConnectError",
                "jnpr.junos.exception.ConnectError",
                "ncclient.transport.errors.TransportError",
            }
        ),
        "",
        _unreachable,
    ),
)
