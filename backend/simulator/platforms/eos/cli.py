"""The EOS-like command line."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any, ClassVar

from simulator import facts
from simulator.grammar import Failure
from simulator.platforms.base import Host
from simulator.platforms.eos.generate import MODEL, VERSION
from simulator.platforms.reading import ReadingCli
from simulator.terminal import Terminal

_BLOCK = re.compile(r"^interface (\S+)$((?:\n   .*)*)", re.MULTILINE)


class EosCli(ReadingCli):
    """One session."""

    invalid = "% Invalid input\n"
    PRIVILEGED: ClassVar[frozenset[str]] = frozenset({"show_running", "show_startup"})
    table = """
enable                                   enable
disable                                  disable
exit                                     logout
logout                                   logout
quit                                     logout
terminal width INT                       terminal_width
terminal length INT                      terminal_length
terminal dont-ask                        nothing
show version                             show_version
show running-config [all]                show_running
show startup-config                      show_startup
show hostname                            show_hostname
show clock                               show_clock
show inventory                           show_inventory
show interfaces status                   show_interfaces_status
show interfaces description              show_interfaces_description
show ip interface brief                  show_ip_interface_brief
show lldp neighbors                      show_lldp
"""

    def __init__(self, host: Host, terminal: Terminal, username: str) -> None:
        super().__init__(host, terminal, username)
        self.privileged = not host.spec.enable_secret
        self._json: Any = None

    @property
    def hostname(self) -> str:
        """The name in the prompt."""
        match = re.search(r"^hostname (\S+)$", self.state.running_config, re.MULTILINE)
        return match[1] if match else "localhost"

    def prompt(self) -> str:
        """`name>` or `name#`."""
        return f"{self.hostname}{'#' if self.privileged else '>'}"

    def refusal(self, failure: Failure, line: str, column: int) -> str:
        """EOS says no more than this."""
        return {
            Failure.INVALID: "% Invalid input\n",
            Failure.INCOMPLETE: "% Incomplete command\n",
            Failure.AMBIGUOUS: "% Ambiguous command\n",
        }[failure]

    def may(self, name: str) -> bool:
        """Configurations are for privileged mode."""
        return self.privileged or name not in self.PRIVILEGED

    def filtered(self, text: str, spec: str) -> str | None:
        """Filters, `json` where the command has it, and `no-more`."""
        if spec == "no-more":
            return text
        if spec == "json":
            return None if self._json is None else json.dumps(self._json, indent=4) + "\n"
        return super().filtered(text, spec)

    async def execute(self, line: str) -> None:
        """One line; no JSON is left over from the one before."""
        self._json = None
        await super().execute(line)

    async def do_enable(self) -> None:
        """Into privileged mode, after the enable secret where there is one."""
        for _ in range(0 if self.privileged else 3):
            if await self.terminal.ask("Password: ", echo=False) == self.host.spec.enable_secret:
                self.privileged = True
                return
        if not self.privileged:
            self.say("% Bad secrets\n")

    def do_disable(self) -> None:
        """Back to user mode."""
        self.privileged = False

    def do_terminal_width(self, width: str) -> str:
        """Any width."""
        return f"Width set to {width} columns.\n"

    def do_terminal_length(self, length: str) -> str:
        """Lines a page; 0 ends paging."""
        self.terminal.rows = int(length)
        return "Pagination disabled.\n" if length == "0" else f"Pagination set to {length} lines.\n"

    def _serial(self) -> str:
        return facts.serial_number(self.host.spec.hostname, self.host.spec.seed, "JPE")

    def do_show_version(self) -> str:
        """Hardware, software, uptime."""
        mac = facts.mac(self.host.spec.hostname, "base")
        uptime = self.host.uptime()
        self._json = {
            "mfgName": "Arista", "modelName": MODEL, "hardwareRevision": "11.00", "serialNumber": self._serial(),
            "systemMacAddress": facts.colon_mac(mac), "version": VERSION, "architecture": "i686",
            "uptime": float(uptime), "memTotal": 8155784, "memFree": 5513220, "isIntlVersion": False,
        }  # fmt: skip
        weeks, rest = divmod(uptime // 3600, 168)
        return (
            f"Arista {MODEL}\nHardware version: 11.00\nSerial number: {self._serial()}\n"
            f"Hardware MAC address: {facts.dotted_mac(mac)}\nSystem MAC address: {facts.dotted_mac(mac)}\n\n"
            f"Software image version: {VERSION}\nArchitecture: i686\n\n"
            f"Uptime: {weeks} weeks, {rest // 24} days, {rest % 24} hours and {uptime // 60 % 60} minutes\n"
            "Total memory: 8155784 kB\nFree memory: 5513220 kB\n\n"
        )

    def do_show_running(self) -> str:
        """The configuration."""
        return self._printed("show running-config")

    def do_show_startup(self) -> str:
        """The same: nothing is ever unsaved here."""
        return self._printed("show startup-config")

    def _printed(self, command: str) -> str:
        return (
            f"! Command: {command}\n! device: {self.hostname} ({MODEL}, EOS-{VERSION})\n!\n{self.state.running_config}"
        )

    def do_show_hostname(self) -> str:
        """Name and FQDN."""
        self._json = {"hostname": self.hostname, "fqdn": f"{self.hostname}.example.net"}
        return f"Hostname: {self.hostname}\nFQDN:     {self.hostname}.example.net\n"

    def do_show_clock(self) -> str:
        """Local time, as far as anybody set it."""
        return "Timezone: UTC\nClock source: NTP server\n"

    def do_show_inventory(self) -> str:
        """The chassis."""
        head = "System information\n  Model                    Description\n"
        return f"{head}  {MODEL:<24} 48x25G SFP28\n\n  Serial: {self._serial()}\n"

    def _interfaces(self) -> list[tuple[str, str, str, bool]]:
        """(name, description, address, up) of every interface."""
        found = []
        for name, block in _BLOCK.findall(self.state.running_config):
            description = re.search(r"^   description (.*)$", block, re.MULTILINE)
            address = re.search(r"^   ip address (\S+)$", block, re.MULTILINE)
            up = "\n   shutdown" not in block and bool(block)
            found.append((name, description[1] if description else "", address[1] if address else "", up))
        return found

    def do_show_interfaces_status(self) -> str:
        """One line a port."""
        rows = ["Port       Name                 Status       Vlan     Duplex Speed  Type"]
        for name, description, _, up in self._interfaces():
            if name.startswith("Ethernet"):
                status = "connected" if up else "notconnect"
                rows.append(f"Et{name[8:]:<9}{description[:20]:<21}{status:<13}{'1':<9}full   25G    25GBASE-CR")
        return "".join(f"{row}\n" for row in rows)

    def do_show_interfaces_description(self) -> str:
        """One line an interface."""
        rows = ["Interface                      Status         Protocol           Description"]
        rows += [f"{name:<31}{'up' if up else 'down':<15}{'up' if up else 'down':<19}{description}".rstrip()
                 for name, description, _, up in self._interfaces()]  # fmt: skip
        return "".join(f"{row}\n" for row in rows)

    def do_show_ip_interface_brief(self) -> str:
        """One line an address."""
        rows = ["Interface         IP Address            Status       Protocol            MTU"]
        self._json = {"interfaces": {}}
        for name, _, address, up in self._interfaces():
            if address:
                status = "up" if up else "down"
                rows.append(f"{name:<18}{address:<22}{status:<13}{status:<20}1500")
                plain = ipaddress.IPv4Interface(address)
                self._json["interfaces"][name] = {
                    "interfaceAddress": {"ipAddr": {"address": str(plain.ip), "maskLen": plain.network.prefixlen}},
                    "interfaceStatus": "connected" if up else "notconnect",
                }
        return "".join(f"{row}\n" for row in rows)

    def do_show_lldp(self) -> str:
        """The spec's links."""
        links = self.host.spec.links
        self._json = {"lldpNeighbors": [
            {"port": link.interface, "neighborDevice": link.peer, "neighborPort": link.peer_interface, "ttl": 120}
            for link in links
        ]}  # fmt: skip
        rows = [
            "Port          Neighbor Device ID       Neighbor Port ID    TTL",
            "---------- ------------------------ -------------------- ---",
        ]
        rows += [
            f"{link.interface.replace('Ethernet', 'Et'):<14}{link.peer:<25}{link.peer_interface:<20}120"
            for link in links
        ]
        return "".join(f"{row}\n" for row in rows)
