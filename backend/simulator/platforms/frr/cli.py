"""The FRR-like vtysh."""

from __future__ import annotations

import json
import re
import shlex

from simulator.grammar import Failure
from simulator.platforms.frr import shell
from simulator.platforms.frr.generate import VERSION
from simulator.platforms.frr.interfaces import brief_json, interfaces, zebra_json
from simulator.platforms.reading import ReadingCli


class FrrCli(ReadingCli):
    """One session: vtysh, which does not page; a command on a channel of its own is the operating system's."""

    invalid = "% Unknown command: show\n"
    page_rows = 0
    table = """
enable                                   nothing
disable                                  nothing
exit                                     logout
quit                                     logout
terminal length INT                      nothing
terminal paginate                        nothing
show version                             show_version
show running-config                      show_running
show running-config no-header            show_running_bare
show interface brief                     show_interfaces
show interface brief json                show_interfaces_json
show interface vrf all brief json        show_interfaces_json
show interface vrf all json              show_interfaces_all
show ip route                            show_routes
show ip bgp summary                      show_bgp
show bgp summary                         show_bgp
"""

    def banner(self) -> str:
        """vtysh's greeting."""
        return f"\nHello, this is FRRouting (version {VERSION}).\nCopyright 1996-2005 Kunihiro Ishiguro, et al.\n\n"

    @property
    def hostname(self) -> str:
        """The name in the prompt."""
        match = re.search(r"^hostname (\S+)$", self.state.running_config, re.MULTILINE)
        return match[1] if match else "frr"

    def prompt(self) -> str:
        """`name# `."""
        return f"{self.hostname}# "

    def refusal(self, failure: Failure, line: str, column: int) -> str:
        """vtysh's words."""
        words = {
            Failure.INVALID: "Unknown command",
            Failure.INCOMPLETE: "Command incomplete",
            Failure.AMBIGUOUS: "Ambiguous command",
        }
        return f"% {words[failure]}: {line.strip()}\n"

    def do_show_version(self) -> str:
        """Software."""
        return (
            f"FRRouting {VERSION} ({self.hostname}) on Linux(6.1.0-18-amd64).\n"
            "Copyright 1996-2005 Kunihiro Ishiguro, et al.\nconfigured with:\n    '--prefix=/usr' '--enable-user=frr'\n"
        )

    def do_show_running(self) -> str:
        """The configuration under vtysh's header."""
        return f"Building configuration...\n\nCurrent configuration:\n!\n{self.state.running_config}"

    def do_show_running_bare(self) -> str:
        """The configuration alone."""
        return self.state.running_config

    async def execute(self, line: str) -> None:
        """One line of vtysh, or of the shell, which knows `vtysh -c '…'`."""
        if not self.exec_channel:
            await super().execute(line)
            return
        self.terminal.line_end = "\n"
        words = shlex.split(line)
        if words[:2] == ["vtysh", "-c"] and len(words) == 3:
            await super().execute(words[2])
            return
        text, self.exit_status = shell.run(self.state, words)
        await self.show(text)

    def do_show_interfaces(self) -> str:
        """One line an interface."""
        rows = [
            "Interface       Status  VRF             Addresses",
            "---------       ------  ---             ---------",
        ]
        rows += [
            f"{port.name:<16}{'up' if port.up else 'down':<8}default         {' '.join(map(str, port.addresses))}"
            for port in interfaces(self.state)
        ]
        return "".join(f"{row}\n" for row in rows) + "\n"

    def do_show_interfaces_json(self) -> str:
        """The same as JSON."""
        return json.dumps(brief_json(self.state), indent=2) + "\n"

    def do_show_interfaces_all(self) -> str:
        """All that zebra knows of them."""
        return json.dumps(zebra_json(self.state), indent=2) + "\n"

    def do_show_routes(self) -> str:
        """Connected networks."""
        rows = [
            f"C>* {address} is directly connected, {port.name}, 01w2d03h"
            for port in interfaces(self.state)
            for address in port.of_version(4)
            if port.up
        ]
        return "Codes: K - kernel route, C - connected, S - static, B - BGP, O - OSPF\n\n" + "".join(
            f"{row}\n" for row in rows
        )

    def do_show_bgp(self) -> str:
        """Every neighbour, established."""
        peers = re.findall(r"^ neighbor (\S+) remote-as (\d+)$", self.state.running_config, re.MULTILINE)
        rows = ["Neighbor        V         AS   MsgRcvd   MsgSent   Up/Down State/PfxRcd"]
        rows += [f"{peer:<16}4 {asn:>10}      8042      8040  01w2d03h            4" for peer, asn in peers]
        return "\n".join([*rows, "", f"Total number of neighbors {len(peers)}", ""])
