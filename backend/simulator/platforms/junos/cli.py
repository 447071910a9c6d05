"""The Junos-like command line, operational mode."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from simulator import facts
from simulator.grammar import Failure
from simulator.platforms.base import Host
from simulator.platforms.junos import interfaces as ports
from simulator.platforms.junos.generate import MODEL, VERSION
from simulator.platforms.port import Port
from simulator.platforms.reading import ReadingCli
from simulator.terminal import Terminal


def display_set(text: str) -> str:
    """A configuration in braces as `set` lines."""
    path: list[str] = []
    out = []
    for raw in text.splitlines():
        line = raw.partition(" ## ")[0].strip()
        if line.endswith("{"):
            path.append(line[:-1].strip())
        elif line == "}":
            path.pop()
        elif line.endswith(";"):
            out += [f"set {' '.join([*path, statement])}\n" for statement in _statements(line[:-1])]
    return "".join(out)


def _statements(line: str) -> list[str]:
    """One statement for each member of a `[ … ]` list."""
    members = re.fullmatch(r"(.*) \[ (.*) \]", line)
    return [f"{members[1]} {member}" for member in members[2].split()] if members else [line]


class JunosCli(ReadingCli):
    """One session."""

    invalid = "           ^\nunknown command.\n"
    more_prompt = "---(more)---"
    table = """
exit                                     logout
quit                                     logout
cli                                      nothing
set cli screen-length INT                screen_length
set cli screen-width INT                 screen_width
set cli complete-on-space WORD           complete_on_space
set cli timestamp disable                nothing
show configuration [REST]                show_configuration
show version                             show_version
show version detail                      show_version
show chassis hardware                    show_chassis
show system uptime                       show_uptime
show interfaces                          show_interfaces
show interfaces terse                    show_interfaces_terse
show interfaces descriptions             show_descriptions
show lldp neighbors                      show_lldp
"""

    def __init__(self, host: Host, terminal: Terminal, username: str) -> None:
        super().__init__(host, terminal, username)
        self._json: Any = None

    async def execute(self, line: str) -> None:
        """One line; no JSON is left over from the one before."""
        self._json = None
        await super().execute(line)

    def banner(self) -> str:
        """What stands before the first prompt."""
        return f"--- JUNOS {VERSION} Kernel 64-bit\n"

    @property
    def hostname(self) -> str:
        """The name in the prompt."""
        match = re.search(r"^    host-name (\S+);$", self.state.running_config, re.MULTILINE)
        return match[1] if match else "amnesiac"

    def prompt(self) -> str:
        """`user@host> `, after an empty line."""
        return f"\n{self.username}@{self.hostname}> "

    def refusal(self, failure: Failure, line: str, column: int) -> str:
        """Junos points, then names the error."""
        words = {Failure.INVALID: "unknown command.", Failure.INCOMPLETE: "syntax error, expecting <command>.",
                 Failure.AMBIGUOUS: f"'{line.strip()}' is ambiguous."}  # fmt: skip
        return f"{' ' * (len(self.prompt()) - 1 + column)}^\n{words[failure]}\n"

    def filtered(self, text: str, spec: str) -> str | None:
        """Junos's names for the filters."""
        name, _, rest = spec.partition(" ")
        if name == "no-more":
            return text
        if spec == "display set":
            return display_set(text)
        if spec == "display json":
            return None if self._json is None else json.dumps(self._json, indent=4) + "\n"
        renamed = {"match": "include", "except": "exclude", "find": "begin", "count": "count"}.get(name)
        if renamed is None:
            return None
        return (
            f"Count: {text.count(chr(10))} lines\n" if name == "count" else super().filtered(text, f"{renamed} {rest}")
        )

    def do_screen_length(self, length: str) -> str:
        """Lines a page; 0 ends paging."""
        self.terminal.rows = int(length)
        return f"Screen length set to {length}\n"

    def do_screen_width(self, width: str) -> str:
        """Any width."""
        return f"Screen width set to {width}\n"

    def do_complete_on_space(self, value: str) -> str:
        """No completion on space to begin with."""
        return "Disabling complete-on-space\n" if value == "off" else "Enabling complete-on-space\n"

    def do_show_configuration(self, section: str = "") -> str:
        """The configuration, or one of its top-level blocks."""
        text = self.state.running_config
        if section:
            block = re.search(rf"^{re.escape(section)} {{\n(.*?)^}}\n", text, re.MULTILINE | re.DOTALL)
            return re.sub(r"^    ", "", block[1], flags=re.MULTILINE) if block else ""
        changed = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.state.changed_at))
        return f"## Last commit: {changed} by {self.state.changed_by}\n{text}"

    def do_show_version(self) -> str:
        """Software."""
        found = {"host-name": self.hostname, "product-model": MODEL, "junos-version": VERSION}
        self._json = {"software-information": ports.wrapped(found)}
        return f"Hostname: {self.hostname}\nModel: {MODEL}\nJunos: {VERSION}\nJUNOS OS Kernel 64-bit  [20220908]\n"

    def do_show_chassis(self) -> str:
        """The chassis."""
        serial = facts.serial_number(self.host.spec.hostname, self.host.spec.seed, "BA")
        found = {"name": "Chassis", "serial-number": serial, "description": MODEL.upper()}
        self._json = {"chassis-inventory": ports.wrapped({"chassis": found})}
        return (
            "Hardware inventory:\nItem             Version  Part number  Serial number     Description\n"
            f"Chassis                                {serial:<18}{MODEL.upper()}\n"
        )

    def do_show_uptime(self) -> str:
        """Since when it runs."""
        booted_at = time.time() - self.host.uptime()
        booted = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(booted_at))
        since = f"{self.host.uptime() // 86400}d"
        moment = {"data": booted, "attributes": {"junos:seconds": str(int(booted_at))}}
        length = {"data": since, "attributes": {"junos:seconds": str(self.host.uptime())}}
        self._json = {
            "system-uptime-information": [
                {"system-booted-time": [{"date-time": [moment], "time-length": [length]}]},
            ]
        }
        return f"System booted: {booted} ({since} ago)\n"

    def _ports(self) -> list[Port]:
        return ports.interfaces(self.state)

    def do_show_interfaces(self) -> str:
        """Everything about each of them."""
        found = self._ports()
        self._json = ports.interfaces_json(found)
        return ports.interfaces_text(found)

    def do_show_interfaces_terse(self) -> str:
        """One line an interface, unit and address."""
        found = self._ports()
        self._json = ports.terse_json(found)
        rows = ["Interface               Admin Link Proto    Local                 Remote"]
        for port in found:
            status = f"{'up' if port.enabled else 'down':<6}{'up' if port.up else 'down'}"
            rows.append(f"{port.name:<24}{status}")
            for address in port.addresses:
                family = "inet" if address.version == 4 else "inet6"
                rows.append(f"{port.name + '.0':<24}{status:<11}{family:<9}{address}")
        return "".join(f"{row}\n" for row in rows)

    def do_show_descriptions(self) -> str:
        """One line an interface that has one."""
        rows = ["Interface       Admin Link Description"]
        rows += [
            f"{port.name:<16}{'up' if port.enabled else 'down':<6}{'up' if port.up else 'down':<5}{port.description}"
            for port in self._ports()
            if port.description
        ]
        return "".join(f"{row}\n" for row in rows)

    def do_show_lldp(self) -> str:
        """The spec's links."""
        rows = ["Local Interface    Parent Interface    Chassis Id          Port info          System Name"]
        for link in self.host.spec.links:
            chassis = facts.colon_mac(facts.mac(link.peer, "base"))
            rows.append(f"{link.interface:<19}{'-':<20}{chassis:<20}{link.peer_interface:<19}{link.peer}")
        return "".join(f"{row}\n" for row in rows)
