"""What a lab consists of: routers in a ring, their names, addresses and cables. Plain data."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.words import LabError

MOST_ROUTERS = 200
MOST_LABS = 64
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
# Set aside for tests of network devices (RFC 2544), so no network that somebody uses is hidden by a lab.
MANAGEMENT = ipaddress.IPv4Network("198.18.0.0/16")
PREFIX = 22
ACCOUNTS = ("netops", "vtysh")
"""One with a shell, as an administrator of a Linux router has it, and one that gets the router's own CLI at once."""


@dataclass(frozen=True)
class Port:
    """One end of a cable, and what is at the other."""

    name: str
    address: str
    peer: str
    peer_port: str
    peer_address: str
    peer_asn: int


@dataclass(frozen=True)
class Router:
    """One router; `address` is where it is managed."""

    hostname: str
    address: str
    loopback: str
    asn: int
    ports: list[Port] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """A whole lab; `slot` tells labs on one machine apart."""

    name: str
    slot: int
    routers: list[Router]

    @property
    def network(self) -> ipaddress.IPv4Network:
        return network_of(self.slot)

    @property
    def bridge(self) -> str:
        return f"weblab{self.slot}"

    @property
    def links(self) -> list[list[list[str]]]:
        """Each cable once, as two ends of router and port."""
        ends = [(router, port) for router in self.routers for port in router.ports]
        pairs = (sorted([[router.hostname, port.name], [port.peer, port.peer_port]]) for router, port in ends)
        return [list(pair) for pair in sorted({tuple(map(tuple, pair)) for pair in pairs})]  # type: ignore[arg-type]

    def namespace(self, hostname: str) -> str:
        return f"weblab-{self.name}-{hostname}"

    def cable(self, hostname: str) -> str:
        """The host's end of a router's management cable; names of interfaces have at most 15 letters."""
        return f"weblab{self.slot}{hostname}"

    def router(self, hostname: str) -> Router:
        """Raises LabError."""
        for router in self.routers:
            if router.hostname == hostname:
                return router
        raise LabError(f"lab {self.name} has no router {hostname!r}; it has r1 to r{len(self.routers)}")

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "slot": self.slot, "routers": [asdict(router) for router in self.routers]}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Plan:
        routers = [Router(**row | {"ports": [Port(**port) for port in row["ports"]]}) for row in kept["routers"]]
        return cls(kept["name"], kept["slot"], routers)


def network_of(slot: int) -> ipaddress.IPv4Network:
    """The management network of a slot; the host has its first address."""
    return list(MANAGEMENT.subnets(new_prefix=PREFIX))[slot]


def make_plan(name: str, number: int, slot: int) -> Plan:
    """A ring of so many routers; two have one cable between them, one has none. Raises LabError."""
    if not 1 <= number <= MOST_ROUTERS:
        raise LabError(f"a lab has 1 to {MOST_ROUTERS} routers, not {number}")
    pairs = [(n, n % number + 1) for n in range(1, number + 1)] if number > 2 else [(1, 2)][: number - 1]
    ports: dict[int, list[Port]] = {n: [] for n in range(1, number + 1)}
    taken = dict.fromkeys(ports, 0)
    for cable, ends in enumerate(pairs):
        names = {}
        for end in ends:
            taken[end] += 1
            names[end] = f"eth{taken[end]}"
        first = ipaddress.ip_address("10.100.0.0") + 2 * cable
        address = dict(zip(ends, (str(first), str(first + 1)), strict=True))
        for me, peer in (ends, ends[::-1]):
            ports[me].append(Port(names[me], address[me], f"r{peer}", names[peer], address[peer], asn(peer)))
    hosts, loopbacks = network_of(slot), ipaddress.IPv4Network("10.255.0.0/16")
    return Plan(name, slot, [Router(f"r{n}", str(hosts[n + 1]), str(loopbacks[n]), asn(n), ports[n]) for n in ports])


def asn(number: int) -> int:
    """A private number of four bytes, as large networks have them."""
    return 4_200_000_000 + number
