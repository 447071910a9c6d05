"""An interface as the platforms that are only read from tell of it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

Address = ipaddress.IPv4Interface | ipaddress.IPv6Interface


@dataclass(frozen=True, slots=True)
class Port:
    """One interface."""

    name: str
    description: str
    mac: str
    """Twelve hexadecimal digits; empty where it has none."""
    mtu: int
    speed: int
    """Mbit/s; 0 where it has none."""
    enabled: bool
    up: bool
    addresses: tuple[Address, ...] = ()

    def of_version(self, version: int) -> list[Address]:
        """IPv4 addresses, or IPv6 ones, in the order of the configuration."""
        return [address for address in self.addresses if address.version == version]
