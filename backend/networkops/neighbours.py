"""What a device says of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Heard:
    """One neighbour that a device hears on an interface, in the neighbour's own words."""

    protocol: str
    """`lldp` or `cdp`."""
    interface: str
    name: str = ""
    chassis: str = ""
    port: str = ""
    port_description: str = ""
    address: str = ""
    """Where it is managed; an address or nothing."""
    description: str = ""

    def at(self, address: str) -> Heard:
        return replace(self, address=self.address or address)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Result of a topology_discovery task: all neighbours that the device hears now."""

    heard: tuple[Heard, ...]
