"""Platforms with a NAPALM driver: it opens and owns the connection; text is read from the CLI where it has one."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from napalm import get_network_driver
from napalm.base.exceptions import UnsupportedVersion

from networkops.drivers.cli import CliConnection, open_cli, private_key
from networkops.drivers.files import scan, ssh_files
from networkops.edge import one_line
from networkops.errors import CommandRefused, NotConfigured
from networkops.platforms import PLATFORMS, Platform
from networkops.session import Session


class PinnedDriver:
    """Mixed in before a NAPALM driver class: its Netmiko connection is one of ours."""

    session: Session

    def _netmiko_open(self, device_type: str, netmiko_optional_args: dict[str, Any] | None = None) -> Any:
        self._netmiko_device = open_cli(device_type, self.session)
        self.session.doing = "preparing the session"
        return self._netmiko_device

    def __del__(self) -> None:
        """NAPALM would ask the device whether it is alive, from whatever thread collects the garbage."""


@cache
def _pinned_class(driver: str) -> Any:
    base = get_network_driver(driver)
    # NAPALM looks for a driver's templates beside its module
    return type("Pinned", (PinnedDriver, base), {"__module__": base.__module__})


def open_driver(session: Session) -> Any:
    """An open NAPALM driver for the session's host. Raises whatever the libraries raise."""
    platform = PLATFORMS[session.spec.platform]
    return _OPENERS[platform.transport](session, platform)


def _build(session: Session, platform: Platform, **args: Any) -> Any:
    spec = session.spec
    driver = _pinned_class(platform.napalm)(
        hostname=spec.address,
        username=spec.username,
        password=spec.password,
        timeout=int(session.remaining()) + 1,
        optional_args={"port": spec.port, **platform.napalm_args, **args},
    )
    driver.session = session
    return driver


def _open_cli(session: Session, platform: Platform) -> Any:
    driver = _build(session, platform)
    try:
        driver.open()
    except (KeyError, UnsupportedVersion):
        # The EOS driver wants a version out of `show version | json`. Whoever only reads text can do without.
        driver.device = driver._netmiko_device
        session.log("the driver found no version that it supports; reading from the command line goes on", "warning")
    except BaseException:
        if connection := getattr(driver, "_netmiko_device", None):
            connection.disconnect()
        raise
    return driver


def _open_netconf(session: Session, platform: Platform) -> Any:
    from jnpr.junos import Device

    class PinnedDevice(Device):
        """PyEZ ignores `ssh_config`, and with it our known hosts, when a class named Device is given a socket."""

    def build(paths: dict[str, str]) -> Any:
        if session.host_key.startswith("ssh-rsa "):
            # ncclient then asks for ssh-rsa signatures alone, which paramiko has no longer.
            raise NotConfigured("NETCONF cannot be used with an RSA host key: take the platform 'junos_cli' instead")
        spec, driver = session.spec, _build(session, platform)
        # NAPALM gives its Device no way to check host keys, and lets it look into the user's ~/.ssh.
        sock = session.connect()
        driver.device = PinnedDevice(
            spec.address,
            user=spec.username,
            password=None if spec.private_key else spec.password,
            port=spec.port,
            sock_fd=sock.fileno(),
            ssh_private_key_file=paths.get("key"),
            ssh_config=paths["config"],
            hostkey_verify=True,
            look_for_keys=False,
            allow_agent=False,
            conn_open_timeout=int(session.remaining()) + 1,
        )
        return driver

    return _open_with_files(session, build)


def _open_xml(session: Session, platform: Platform) -> Any:
    def build(paths: dict[str, str]) -> Any:
        pins = {"ssh_strict": True, "alt_host_keys": True, "alt_key_file": paths["known_hosts"]}
        key = session.spec.private_key
        login = {"pkey": private_key(key)} if key else {}
        return _build(session, platform, sock=session.connect(), **pins, **login)

    return _open_with_files(session, build)


def _open_with_files(session: Session, build: Callable[[dict[str, str]], Any]) -> Any:
    """Pin by file; where nothing is pinned yet, by a look at the key first."""
    if not session.host_key:
        scan(session)
    with ssh_files(session) as paths:
        driver = build(paths)
        session.doing = "logging in"
        started = time.monotonic()
        driver.open()
    session.log(f"logged in in {time.monotonic() - started:.1f} s")
    return driver


def _open_nxapi(session: Session, platform: Platform) -> Any:
    verify = not session.spec.options.get("tls_insecure")
    if not verify:
        session.log("the device's TLS certificate is not checked", "warning")
    driver = _build(session, platform, ssl_verify=verify)
    session.connect().close()  # says "unreachable" at once; NX-API opens its own connection per request
    session.doing = "logging in"
    driver.open()
    return driver


_OPENERS: dict[str, Callable[[Session, Platform], Any]] = {
    "cli": _open_cli,
    "netconf": _open_netconf,
    "xml": _open_xml,
    "nxapi": _open_nxapi,
}


class NapalmConnection:
    """`networkops.types.Connection` over an open driver; `driver` is there for tasks that need more than reading."""

    def __init__(self, driver: Any, session: Session, platform: Platform) -> None:
        self.driver = driver
        self.session = session
        self.platform = platform
        # NAPALM's own readers drop lines, and on EOS even the device's error: where there is a CLI, it is asked itself.
        self._cli = CliConnection(driver.device, session, platform) if platform.transport == "cli" else None

    def show(self, command: str, timeout_s: float | None = None) -> str:
        if self._cli:
            return self._cli.show(command, timeout_s)
        self.session.doing = f"waiting for '{command}'"
        try:
            output: str = self.driver.cli([command])[command]
        except (ValueError, TypeError) as error:  # how the drivers report a refused command
            raise CommandRefused(f"the device refused '{command}': {one_line(str(error))}") from error
        return output

    def running_config(self) -> str:
        if self._cli:
            return self._cli.running_config()
        self.session.doing = "reading the running configuration"
        text: str = self.driver.get_config(retrieve="running")["running"]
        return text
