"""Which of a customer's devices a neighbour is. Plain functions on plain data."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from topology.enums import MatchedBy

NAMED = 5
_WAYS = (MatchedBy.NAME, MatchedBy.ADDRESS, MatchedBy.CHASSIS)
_SERIAL = re.compile(r"\([^()]*\)$")
"""NX-OS tells its serial number in brackets behind its name."""


@dataclass(frozen=True, slots=True)
class Known:
    """A device that a neighbour may turn out to be."""

    pk: int
    hostname: str
    address: str


@dataclass(frozen=True, slots=True)
class Match:
    """The device, or why there is none: no `problem` means that nothing of ours is like it."""

    device: int | None = None
    by: MatchedBy = MatchedBy.NOTHING
    problem: str = ""


@dataclass(slots=True)
class Directory:
    """The devices of one customer, by all that a neighbour may say of itself."""

    names: dict[int, str] = field(default_factory=dict)
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_short: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_address: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_chassis: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, devices: Iterable[Known], chassis: Mapping[str, set[int]] | None = None) -> Directory:
        """`chassis` tells which devices have shown themselves with a chassis before."""
        found = cls()
        for one in devices:
            found.names[one.pk] = one.hostname
            found.by_name[name_key(one.hostname)].add(one.pk)
            found.by_short[short(one.hostname)].add(one.pk)
            if address := usable_address(one.address):
                found.by_address[address].add(one.pk)
        for key, devices_seen in (chassis or {}).items():
            found.by_chassis[chassis_key(key)] |= devices_seen
        return found

    def find(self, name: str, address: str, chassis: str) -> Match:
        """By name, else by management address, else by chassis; what fits none alone is a problem."""
        named, addressed = self._named(name), self.by_address.get(usable_address(address), set())
        if named and addressed and not named & addressed:
            whose = f"its name is that of {self._list(named)}, its management address that of {self._list(addressed)}"
            return Match(problem=whose)
        seen = self.by_chassis.get(chassis_key(chassis), set()) if chassis else set()
        ways = [(by, found) for by, found in zip(_WAYS, (named, addressed, seen), strict=True) if found]
        if not ways:
            return Match()
        by, candidates = ways[0]
        for _, others in ways[1:]:
            # a chassis is moved, or changed: it narrows a choice down and contradicts nobody
            candidates = candidates & others or candidates
        if len(candidates) > 1:
            return Match(problem=f"its {by.label.lower()} fits {len(candidates)} devices: {self._list(candidates)}")
        return Match(next(iter(candidates)), by)

    def _named(self, name: str) -> set[int]:
        """Devices of that name; where there is none, those whose name is the same without the domain."""
        key = name_key(name)
        if not key:
            return set()
        return self.by_name.get(key) or self.by_short.get(short(name), set())

    def _list(self, devices: set[int]) -> str:
        names = sorted(self.names[pk] for pk in devices)
        return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def name_key(name: str) -> str:
    return _SERIAL.sub("", name.strip()).strip().rstrip(".").casefold()


def short(name: str) -> str:
    """The name without its domain; an address is no name with a domain."""
    key = name_key(name)
    return key if usable_address(key) else key.partition(".")[0]


def usable_address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return "" if address.is_unspecified else str(address)


def chassis_key(text: str) -> str:
    """Hardware addresses are written in many ways."""
    bare = re.sub(r"[.:-]", "", text.strip().casefold())
    return bare if re.fullmatch(r"[0-9a-f]{12}", bare) else text.strip().casefold()
