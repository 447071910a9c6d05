"""The words of a refresh_facts task: what a device is, and what its interfaces are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """What a device answered, in the shape of NAPALM's getters and as little checked; None where it was not read."""

    facts: Mapping[str, Any]
    interfaces: Mapping[str, Any] | None
    addresses: Mapping[str, Any] | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterfaceSeen:
    """One interface. None: the device does not say."""

    name: str
    description: str = ""
    mac: str = ""
    mtu: int | None = None
    speed_kbps: int | None = None
    enabled: bool | None = None
    up: bool | None = None
    addresses: tuple[str, ...] = ()
    """`10.0.0.1/24`, `2001:db8::1/64`."""


@dataclass(frozen=True, slots=True)
class FactsRead:
    """Result of a refresh_facts task; all of it plausible, empty where it was not."""

    vendor: str
    model: str
    serial: str
    os_version: str
    hostname: str
    uptime_s: int | None
    interfaces: tuple[InterfaceSeen, ...] | None
    """None: they could not be read, and those known before stand."""
    named: frozenset[str] = frozenset()
    """Interfaces that the device listed, whether it described them or not."""
    has_addresses: bool = True
    """False: addresses could not be read, and those known before stand."""
    problems: tuple[str, ...] = ()
    """What was left out, and why, in words."""
