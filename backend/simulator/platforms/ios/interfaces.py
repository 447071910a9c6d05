"""The interfaces of an IOS-like device, read out of its configuration."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from simulator import facts
from simulator.platforms.ios.state import IosState
from simulator.platforms.ios.tree import Node


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface as the show commands see it."""

    name: str
    node: Node
    mac: str
    cabled: bool

    @property
    def description(self) -> str:
        """Its description."""
        return self.node.value("description")

    @property
    def enabled(self) -> bool:
        """Not shut down."""
        return not any(self.node.find("shutdown"))

    @property
    def up(self) -> bool:
        """Enabled, and something is plugged in."""
        return self.enabled and self.cabled

    @property
    def is_virtual(self) -> bool:
        """Without a cable."""
        return self.name.startswith(("Loopback", "Vlan", "Tunnel"))

    @property
    def addresses(self) -> list[ipaddress.IPv4Interface]:
        """IPv4 addresses, the primary one first."""
        lines = (node.line.split() for node in self.node.find("ip", "address"))
        return [ipaddress.IPv4Interface(f"{words[2]}/{words[3]}") for words in lines if len(words) >= 4]

    @property
    def addresses6(self) -> list[ipaddress.IPv6Interface]:
        """IPv6 addresses."""
        words = (node.line.split()[2] for node in self.node.find("ipv6", "address"))
        return [ipaddress.IPv6Interface(word) for word in words if "/" in word]

    @property
    def link_local(self) -> str:
        """The EUI-64 link-local address."""
        digits = f"{int(self.mac[:2], 16) ^ 2:02x}{self.mac[2:6]}fffe{self.mac[6:]}"
        groups = [digits[index : index + 4] for index in range(0, 16, 4)]
        return str(ipaddress.IPv6Address("fe80:0:0:0:" + ":".join(groups))).upper()

    @property
    def bandwidth(self) -> int:
        """kbit/s."""
        if self.name.startswith("Loopback"):
            return 8_000_000
        return 100_000 if self.name.startswith("Fast") else 1_000_000

    @property
    def mtu(self) -> int:
        """MTU in bytes."""
        return int(self.node.value("mtu") or (1514 if self.name.startswith("Loopback") else 1500))


def interfaces(state: IosState) -> list[Interface]:
    """All interfaces in the order of the configuration."""
    hostname = state.host.spec.hostname
    linked = {link.interface for link in state.host.spec.links}
    found = []
    for node in state.tree.find("interface"):
        name = node.line.split()[1]
        chance = hashlib.sha256(f"cable/{hostname}/{name}".encode()).digest()[0]
        virtual = name.startswith(("Loopback", "Vlan", "Tunnel"))
        cabled = virtual or name in linked or chance < 200
        found.append(Interface(name, node, facts.mac(hostname, name), cabled))
    return found
