"""The EOS-like command line."""

from __future__ import annotations

import json
import re
import time
from typing import Any, ClassVar

from simulator import facts
from simulator.grammar import Failure
from simulator.platforms.base import Host
from simulator.platforms.eos import interfaces as ports
from simulator.platforms.eos import lldp
from simulator.platforms.eos.generate import MODEL, VERSION
from simulator.platforms.port import Port
from simulator.platforms.reading import ReadingCli
from simulator.terminal import Terminal


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
show interfaces                          show_interfaces
show interfaces status                   show_interfaces_status
show interfaces description              show_interfaces_description
show ip interface                        show_ip_interface
show ip interface brief                  show_ip_interface_brief
show ipv6 interface                      show_ipv6_interface
show lldp neighbors                      show_lldp
show lldp neighbors detail               show_lldp_detail
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
            "internalVersion": f"{VERSION}-28837868.4283M", "bootupTimestamp": self._booted_at(),
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

    def _booted_at(self) -> float:
        return round(time.time() - self.host.uptime(), 2)

    def _ports(self) -> list[Port]:
        return ports.interfaces(self.state)

    def do_show_interfaces(self) -> str:
        """Everything about each of them."""
        found = self._ports()
        self._json = ports.interfaces_json(found, self._booted_at())
        return ports.interfaces_text(found)

    def do_show_interfaces_status(self) -> str:
        """One line a port."""
        rows = ["Port       Name                 Status       Vlan     Duplex Speed  Type"]
        for port in self._ports():
            if port.name.startswith("Ethernet"):
                status = "connected" if port.up else "notconnect" if port.enabled else "disabled"
                rows.append(
                    f"Et{port.name[8:]:<9}{port.description[:20]:<21}{status:<13}1        full   25G    25GBASE-CR"
                )
        return "".join(f"{row}\n" for row in rows)

    def do_show_interfaces_description(self) -> str:
        """One line an interface."""
        rows = ["Interface                      Status         Protocol           Description"]
        for port in self._ports():
            status = "up" if port.up else "down" if port.enabled else "admin down"
            rows.append(f"{port.name:<31}{status:<15}{'up' if port.up else 'down':<19}{port.description}".rstrip())
        return "".join(f"{row}\n" for row in rows)

    def do_show_ip_interface(self) -> str:
        """What has an address."""
        found = self._ports()
        self._json = ports.addresses_json(found)
        return ports.interfaces_text([port for port in found if port.of_version(4)])

    def do_show_ipv6_interface(self) -> str:
        """What has an address of the other kind."""
        found = self._ports()
        self._json = ports.addresses6_json(found)
        return ports.interfaces_text([port for port in found if port.of_version(6)])

    def do_show_ip_interface_brief(self) -> str:
        """One line an address."""
        rows = ["Interface         IP Address            Status       Protocol            MTU"]
        self._json = {"interfaces": {}}
        for port in self._ports():
            for address in port.of_version(4)[:1]:
                status = "up" if port.up else "down"
                rows.append(f"{port.name:<18}{address!s:<22}{status:<13}{status:<20}{port.mtu}")
                self._json["interfaces"][port.name] = {
                    "interfaceAddress": {"ipAddr": {"address": str(address.ip), "maskLen": address.network.prefixlen}},
                    "interfaceStatus": "connected" if port.up else "notconnect",
                }
        return "".join(f"{row}\n" for row in rows)

    def do_show_lldp_detail(self) -> str:
        """All that the neighbours tell of themselves."""
        self._json = lldp.detail_json(self.host.spec)
        return lldp.detail_text(self.host.spec)

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
