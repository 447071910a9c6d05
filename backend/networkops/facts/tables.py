"""Facts and interfaces of platforms without a NAPALM driver, where ntc-templates knows their commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_interface
from typing import Any

from networkops.errors import AnswerNotUnderstood
from networkops.facts.types import Told
from networkops.parsers.tables import table_of
from networkops.types import PlatformConnection

_SECONDS = {"year": 365 * 86400, "week": 7 * 86400, "day": 86400, "hour": 3600, "min": 60, "sec": 1}
_SPAN = re.compile(r"(\d{1,6})\s*(year|week|day|hour|min|sec)")
_SPEEDS = ((re.compile(r"(\d{1,12})\s*[Kk]bit"), 0.001), (re.compile(r"(\d{1,9})\s*M(?:bps|b/s)"), 1.0))


@dataclass(frozen=True, slots=True)
class Commands:
    """Which commands are asked, and in which columns of their tables a fact stands."""

    version: str
    interfaces: str
    facts: Mapping[str, str]
    columns: Mapping[str, str] = field(default_factory=dict)
    """Of interfaces, where the column has another name than here."""


KNOWN: dict[str, Commands] = {
    "iosxr_cli": Commands(
        "show version", "show interfaces",
        {"os_version": "version", "model": "hardware", "uptime": "uptime"}, {"protocol_status": "admin_state"},
    ),
    "cisco_asa": Commands(
        "show version", "show interface",
        {"os_version": "version", "model": "hardware", "uptime": "uptime", "hostname": "hostname",
         "serial_number": "serial"},
    ),
}  # fmt: skip


def read(conn: PlatformConnection) -> Told:
    """IPv4 alone: what these commands print of IPv6, the templates leave out."""
    commands = KNOWN[conn.platform.key]
    row = _rows(conn, commands.version)[0]
    facts: dict[str, Any] = {name: row.get(column, "") for name, column in commands.facts.items()}
    facts |= {"vendor": conn.platform.vendor, "uptime": _span(facts["uptime"])}
    interfaces, addresses = {}, {}
    for found in _rows(conn, commands.interfaces):
        name = found["interface"]
        interfaces[name] = _interface({**found, **{k: found.get(v, "") for k, v in commands.columns.items()}})
        if address := _address(found):
            addresses[name] = address
    return Told(facts | {"interface_list": list(interfaces)}, interfaces, addresses)


def _rows(conn: PlatformConnection, command: str) -> list[dict[str, str]]:
    table = table_of(conn.show(command), conn.platform.key, command)
    if table is None:
        raise AnswerNotUnderstood(f"what it answered to '{command}' does not look as it should")
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _interface(row: Mapping[str, str]) -> dict[str, Any]:
    link, protocol = row.get("link_status", "").lower(), row.get("protocol_status", "").lower()
    mtu = row.get("mtu", "")
    return {
        "description": row.get("description", ""),
        "is_enabled": "administratively" not in link,
        "is_up": link == "up" and protocol.startswith("up"),
        "mtu": int(mtu) if mtu.isascii() and mtu.isdigit() and len(mtu) < 10 else None,
        "speed": _speed(row.get("bandwidth", "")),
        "mac_address": _mac(row.get("mac_address", "")),
    }


def _address(row: Mapping[str, str]) -> dict[str, Any]:
    """`10.0.0.1/24`, or an address and a mask in columns of their own."""
    text = row.get("ip_address", "")
    text = text if "/" in text or not row.get("netmask") else f"{text}/{row['netmask']}"
    with suppress(ValueError):
        found = ip_interface(text)
        return {f"ipv{found.version}": {str(found.ip): {"prefix_length": found.network.prefixlen}}}
    return {}


def _span(words: str) -> int:
    return sum(int(number) * _SECONDS[unit] for number, unit in _SPAN.findall(words)) or -1


def _speed(words: str) -> float | None:
    return next((int(found[1]) * unit for form, unit in _SPEEDS if (found := form.match(words))), None)


def _mac(dotted: str) -> str:
    digits = dotted.replace(".", "")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2)) if re.fullmatch("[0-9a-fA-F]{12}", digits) else ""
