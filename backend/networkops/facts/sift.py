"""From what a device told to what can be believed: bounded, printable, of the right kind. Plain functions."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from networkops.edge import one_line
from networkops.errors import AnswerNotUnderstood
from networkops.facts.types import FactsRead, InterfaceSeen, Told

MOST_INTERFACES = 20_000
MOST_ADDRESSES = 100_000
MOST_OF_ONE = 500
"""Addresses of one interface."""
LONGEST_NAME, LONGEST_TEXT, LONGEST_WORD, LONGEST_VERSION = 100, 250, 100, 200
LONGEST_UP_S = 100 * 365 * 86400
FASTEST_MBPS = 100_000_000
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+-]{0,99}")
_NAME = re.compile(r"[!-~](?:[ -~]{0,98}[!-~])?")
_MAC = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){5}")
_NOTHING = {"", "unknown", "none", "n/a", "null", "not specified", "to be filled by o.e.m."}
"""How drivers and devices say that they do not know."""


class _Left(dict[str, list[str]]):
    """What was left out, by the reason."""

    def add(self, reason: str, what: Any) -> None:
        self.setdefault(reason, []).append(one_line(str(what)[:200], 40))

    def words(self) -> Iterator[str]:
        for reason, names in self.items():
            what = reason if len(names) == 1 else f"{len(names):,} {_plural(reason)}"
            yield f"left out: {what} ('{names[0]}'{', …' if len(names) > 1 else ''})"


def _plural(word: str) -> str:
    return f"{word}es" if word.endswith("s") else f"{word}s"


def sift(told: Told) -> FactsRead:
    """Raises AnswerNotUnderstood where nothing in it is a fact, or there is more than a device can have."""
    left, facts = _Left(), told.facts
    serial = _word(facts.get("serial_number"), LONGEST_WORD)
    if serial and not _SERIAL.fullmatch(serial):
        left.add("serial number", serial)
        serial = ""
    model, version = _word(facts.get("model"), LONGEST_WORD), _word(facts.get("os_version"), LONGEST_VERSION)
    if not (serial or model or version):
        raise AnswerNotUnderstood("there is no model, serial number or version in what the device answered")
    named = _named(facts.get("interface_list"))
    interfaces, problems = _interfaces(told, left), list(told.problems)
    known = {"model": model, "serial number": serial, "version": version}
    if unknown := [name for name, value in known.items() if not value]:
        problems.append(f"no {' and no '.join(unknown)} in its answer; what was known before stands")
    if interfaces is None and told.interfaces is not None:
        problems.append("no interface in its answer; those known before stand")
    seen = {one.name for one in interfaces or ()}
    if interfaces is not None and (missing := len(named - seen)):
        problems.append(f"{missing:,} interface{'' if missing == 1 else 's'} listed, but not described")
    return FactsRead(
        vendor=_word(facts.get("vendor"), LONGEST_WORD),
        model=model,
        serial=serial,
        os_version=version,
        hostname=_word(facts.get("hostname"), 253),
        uptime_s=_whole(facts.get("uptime"), 0, LONGEST_UP_S),
        interfaces=interfaces,
        named=named,
        has_addresses=told.addresses is not None,
        problems=(*problems, *left.words()),
    )


def _word(value: Any, longest: int) -> str:
    """A text of one line; empty for whatever means that nothing is known."""
    text = one_line(value[: longest * 8], longest) if isinstance(value, str) else ""
    return "" if text.lower() in _NOTHING else text


def _named(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or len(value) > MOST_INTERFACES:
        return frozenset()
    return frozenset(name for name in value if isinstance(name, str) and _NAME.fullmatch(name))


def _interfaces(told: Told, left: _Left) -> tuple[InterfaceSeen, ...] | None:
    if told.interfaces is None:
        return None
    if len(told.interfaces) > MOST_INTERFACES:
        raise AnswerNotUnderstood(
            f"it tells of {len(told.interfaces):,} interfaces; more than {MOST_INTERFACES:,} are not believed"
        )
    addresses = _addresses(told.addresses or {}, left)
    # some tell of an interface with an address and nothing else
    rows = {name: {} for name in addresses} | dict(told.interfaces)
    if not rows:
        return None
    found = []
    for name, row in rows.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(row, Mapping):
            left.add("interface name", name)
            continue
        found.append(_interface(name, row, addresses.get(name, ()), left))
    return tuple(found)


def _interface(name: str, row: Mapping[str, Any], addresses: tuple[str, ...], left: _Left) -> InterfaceSeen:
    mac = str(row.get("mac_address") or "").upper().replace("-", ":")
    if mac and not _MAC.fullmatch(mac):
        if mac.lower() not in _NOTHING:
            left.add("hardware address", mac)
        mac = ""
    speed = row.get("speed")
    known = isinstance(speed, int | float) and math.isfinite(speed) and 0 < speed <= FASTEST_MBPS
    return InterfaceSeen(
        name=name,
        description=_word(row.get("description"), LONGEST_TEXT),
        mac="" if mac == "00:00:00:00:00:00" else mac,
        mtu=_whole(row.get("mtu"), 1, 2**31 - 1),
        speed_kbps=round(speed * 1000) if known and speed else None,
        enabled=_yes_or_no(row.get("is_enabled")),
        up=_yes_or_no(row.get("is_up")),
        addresses=addresses,
    )


def _addresses(told: Mapping[str, Any], left: _Left) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    total = 0
    for name, families in told.items():
        mine = list(dict.fromkeys(_of_interface(families, left)))[:MOST_OF_ONE]
        total += len(mine)
        if total > MOST_ADDRESSES:
            raise AnswerNotUnderstood(f"it tells of more than {MOST_ADDRESSES:,} addresses, which is not believed")
        if mine:
            found[name] = tuple(mine)
    return found


def _of_interface(families: Any, left: _Left) -> Iterator[str]:
    for family in families.values() if isinstance(families, Mapping) else ():
        for address, row in family.items() if isinstance(family, Mapping) else ():
            length = row.get("prefix_length") if isinstance(row, Mapping) else None
            try:
                if "%" in str(address):
                    raise ValueError
                yield str(ipaddress.ip_interface(f"{address}/{length}"))
            except ValueError:
                left.add("address", f"{address}/{length}")


def _whole(value: Any, least: int, most: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if least <= value <= most else None


def _yes_or_no(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
