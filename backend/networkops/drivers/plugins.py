"""Nornir's connection plugins: those of nornir-napalm and nornir-netmiko, opened with a session's pins and socket."""

from __future__ import annotations

from typing import Any

from nornir.core.configuration import Config
from nornir_napalm.plugins.connections import Napalm
from nornir_netmiko.connections.netmiko import Netmiko

from networkops.drivers.cli import CliConnection, open_cli
from networkops.drivers.napalm import NapalmConnection, open_driver
from networkops.platforms import PLATFORMS
from networkops.session import Session


class SessionNapalm(Napalm):
    """`extras` holds the `session`; everything else that Nornir passes stands in its spec."""

    def open(
        self,
        hostname: str | None,
        username: str | None,
        password: str | None,
        port: int | None,
        platform: str | None,
        extras: dict[str, Any] | None = None,
        configuration: Config | None = None,
    ) -> None:
        session: Session = (extras or {})["session"]
        self.driver = open_driver(session)
        self.connection = NapalmConnection(self.driver, session, PLATFORMS[session.spec.platform])

    def close(self) -> None:
        self.driver.close()


class SessionNetmiko(Netmiko):
    """`extras` holds the `session`; everything else that Nornir passes stands in its spec."""

    def open(
        self,
        hostname: str | None,
        username: str | None,
        password: str | None,
        port: int | None,
        platform: str | None,
        extras: dict[str, Any] | None = None,
        configuration: Config | None = None,
    ) -> None:
        session: Session = (extras or {})["session"]
        row = PLATFORMS[session.spec.platform]
        self.netmiko = open_cli(row.netmiko, session)
        self.connection = CliConnection(self.netmiko, session, row)

    def close(self) -> None:
        self.netmiko.disconnect()
