"""NAPALM's view of an FRRouting router, the reading half. Needs nothing but SSH on the router's side."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import suppress
from datetime import datetime
from typing import Any

from napalm.base import NetworkDriver
from napalm.base import constants as c
from napalm.base.exceptions import CommandErrorException, ConnectionException
from netmiko.exceptions import NetmikoTimeoutException

from networkops.drivers.frr import parse
from networkops.drivers.frr.ssh import FrrSSH, NoShell
from networkops.errors import CommandRefused
from networkops.redact import mask

UPTIME, MACHINE = "/proc/uptime", "/etc/machine-id"
MODELS = ("/sys/class/dmi/id/product_name", "/proc/sys/kernel/arch")
"""Whichever there is: the computer's name, or on a virtual router at least its processor's."""
FACTS = f"head -n 1 {UPTIME} {MACHINE} {' '.join(MODELS)}"
LLDP = "/usr/sbin/lldpcli -f json0 show neighbors details"
STARTUP = "cat /etc/frr/frr.conf"


class FRRDriver(NetworkDriver):
    """Routing is asked of vtysh, the rest of the operating system, which takes an account with a shell."""

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str,
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        self.hostname = hostname
        self.username = username
        self.password = password
        self.timeout = timeout
        self.platform = "frr"
        self.profile = [self.platform]
        self.netmiko_args = {"port": 22} | (optional_args or {})
        self.device: Any = None

    def _netmiko_open(self, device_type: str, netmiko_optional_args: dict[str, Any] | None = None) -> Any:
        try:
            self._netmiko_device = FrrSSH(
                device_type=device_type,
                host=self.hostname,
                username=self.username,
                password=self.password,
                timeout=self.timeout,
                **netmiko_optional_args or {},
            )
        except NetmikoTimeoutException as error:
            raise ConnectionException(f"Cannot connect to {self.hostname}: {error}") from error
        return self._netmiko_device

    def open(self) -> None:
        self.device = self._netmiko_open("frr", netmiko_optional_args=self.netmiko_args)

    def close(self) -> None:
        self._netmiko_close()

    def is_alive(self) -> dict[str, bool]:
        return {"is_alive": bool(self.device and self.device.is_alive())}

    def get_facts(self) -> dict[str, Any]:
        version, name = parse.version_and_name(self._vtysh("show version"))
        names = list(self._vtysh_json("show interface vrf all brief json"))
        found: dict[str, str] = {}
        with suppress(NoShell):
            found = parse.files(self.device.shell(FACTS, check=False))
        return {
            "vendor": "FRRouting",
            "model": next((found[path] for path in MODELS if path in found), ""),
            # the machine's own number is for root's eyes; this one is as good a name and survives upgrades
            "serial_number": found.get(MACHINE, ""),
            "os_version": version,
            "hostname": name,
            "fqdn": name,  # the full name would be a question to DNS, which can take longer than all the rest
            "uptime": float(found[UPTIME].split()[0]) if UPTIME in found else float(parse.UNKNOWN),
            "interface_list": names,
        }

    def get_interfaces(self) -> dict[str, dict[str, Any]]:
        found = self._vtysh_json("show interface vrf all json")
        now = None
        with suppress(NoShell):
            now = datetime.strptime(self.device.shell(f"date '+{parse.CLOCK[:-3]}.%6N'").strip(), parse.CLOCK)  # noqa: DTZ007
        return parse.interfaces(found, now)

    def get_interfaces_ip(self) -> dict[str, dict[str, Any]]:
        return parse.addresses(self._vtysh_json("show interface vrf all json"))

    def get_interfaces_counters(self) -> dict[str, dict[str, int]]:
        return parse.counters(self._shell_json("ip -s -j link"))

    def get_lldp_neighbors(self) -> dict[str, list[dict[str, str]]]:
        return {
            port: [
                {"hostname": row["remote_system_name"] or row["remote_chassis_id"], "port": row["remote_port"]}
                for row in rows
            ]
            for port, rows in self.get_lldp_neighbors_detail().items()
        }

    def get_lldp_neighbors_detail(self, interface: str = "") -> dict[str, list[dict[str, Any]]]:
        found = parse.lldp(self._shell_json(LLDP))
        return {port: rows for port, rows in found.items() if interface in ("", port)}

    def _lldp_neighbors_with_address(self) -> dict[str, list[dict[str, Any]]]:
        """`get_lldp_neighbors_detail`, each neighbour with its `remote_management_address`. NAPALM has none such."""
        return parse.lldp_addresses(self._shell_json(LLDP))

    def get_bgp_neighbors(self) -> dict[str, dict[str, Any]]:
        try:
            instances = self._vtysh_json("show bgp vrfs json")
        except CommandErrorException as error:
            if "is not running" in str(error):
                return parse.bgp({}, {})
            raise
        return parse.bgp(self._vtysh_json("show bgp vrf all neighbors json"), instances)

    def get_arp_table(self, vrf: str = "") -> list[dict[str, Any]]:
        only = f" vrf {shlex.quote(vrf)}" if vrf not in ("", "default", "global") else ""
        return parse.arp(self._shell_json(f"ip -4 -s -j neigh show{only}"))

    def get_config(
        self, retrieve: str = "all", full: bool = False, sanitized: bool = False, format: str = "text"
    ) -> dict[str, str]:
        if format != "text":
            raise ValueError(f"an FRRouting router gives its configuration as text, not as {format}")
        configs = {"running": "", "startup": "", "candidate": ""}
        if retrieve in ("all", "running"):
            configs["running"] = parse.config(self._vtysh("show running-config"))
        if retrieve in ("all", "startup"):
            configs["startup"] = self._shell(STARTUP)
        return {name: mask(text, "frr") for name, text in configs.items()} if sanitized else configs

    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, str | dict[str, Any]]:
        if encoding not in ("text", "json"):
            raise NotImplementedError(f"{encoding} is no encoding that an FRRouting router knows")
        if encoding == "json":
            return {command: self._vtysh_json(f"{command.removesuffix(' json')} json") for command in commands}
        return {command: self._vtysh(command) for command in commands}

    def ping(
        self,
        destination: str,
        source: str = c.PING_SOURCE,
        ttl: int = c.PING_TTL,
        timeout: int = c.PING_TIMEOUT,
        size: int = c.PING_SIZE,
        count: int = c.PING_COUNT,
        vrf: str = c.PING_VRF,
        source_interface: str = c.PING_SOURCE_INTERFACE,
    ) -> dict[str, Any]:
        senders = [word for name in (source, source_interface, vrf) if name for word in ("-I", name)]
        numbers = {"-c": count, "-s": size, "-t": ttl, "-W": timeout}
        options = [word for flag, number in numbers.items() for word in (flag, str(int(number)))]
        command = shlex.join(["ping", "-n", "-i", "0.2", *options, *senders, "--", destination])
        # no answer at all is an exit code, too, and no failure of ours
        return parse.ping(self._shell(command, check=False))

    def _vtysh(self, command: str) -> str:
        answer: str = self.device.ask(command)
        if refused := re.match(r"\s*(% .*)", answer):
            raise CommandErrorException(f"{command}: {refused[1].strip()}")
        return answer

    def _vtysh_json(self, command: str) -> Any:
        return _as_json(command, self._vtysh(command))

    def _shell(self, command: str, *, check: bool = True) -> str:
        try:
            answer: str = self.device.shell(command, check=check)
        except CommandRefused as error:
            raise CommandErrorException(str(error)) from error
        return answer

    def _shell_json(self, command: str) -> Any:
        return _as_json(command, self._shell(command))


def _as_json(command: str, answer: str) -> Any:
    """A daemon that is not running says so in words."""
    try:
        return json.loads(answer)
    except ValueError as error:
        first = answer.strip().partition("\n")[0][:100]
        raise CommandErrorException(f"{command}: {first or 'no answer'}") from error
