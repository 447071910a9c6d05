"""Facts and interfaces of Junos on the command line, which writes JSON: every element a list, every text an object."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

from networkops.errors import AnswerNotUnderstood, CommandRefused
from networkops.facts.types import Told
from networkops.types import Connection

_FAMILIES = {"inet": "ipv4", "inet6": "ipv6"}
_PORTS = ("interface-information", "physical-interface")
_SPEED = re.compile(r"(\d+)\s*([mg])bps", re.IGNORECASE)


def read(conn: Connection) -> Told:
    """Asked are version, chassis, uptime and interfaces; a device without a chassis of its own has no serial number."""
    version = _first(_ask(conn, "show version"), "software-information")
    facts = {
        "vendor": "Juniper",
        "hostname": _text(version, "host-name"),
        "model": _text(version, "product-model"),
        "os_version": _text(version, "junos-version"),
        "serial_number": "",
        "uptime": -1,
    }
    problems = []
    for command, take in (("show chassis hardware", _chassis), ("show system uptime", _uptime)):
        try:
            facts |= take(_ask(conn, command))
        except CommandRefused as error:
            problems.append(str(error))
    interfaces: dict[str, Any] = {}
    physical = _ask(conn, "show interfaces")
    for row in _each(physical, *_PORTS):
        if name := _text(row, "name"):
            interfaces[name] = _interface(row)
    addresses = {}
    for row in _each(_ask(conn, "show interfaces terse"), *_PORTS, "logical-interface"):
        if found := _addresses(row):
            name = _text(row, "name")
            interfaces[name], addresses[name] = _interface(row), found
    return Told(facts | {"interface_list": list(interfaces)}, interfaces, addresses, tuple(problems))


def _ask(conn: Connection, command: str) -> Any:
    answer = conn.show(f"{command} | display json | no-more")
    # members of a chassis and routing engines say who they are around it
    start, end = answer.find("{\n"), answer.rfind("}")
    try:
        return json.loads(answer[start : end + 1])
    except (ValueError, RecursionError) as error:
        raise AnswerNotUnderstood(f"what it answered to '{command}' is not the JSON that was asked for") from error


def _each(value: Any, *path: str) -> Iterator[dict[str, Any]]:
    """All elements at the end of a path."""
    rows = value if isinstance(value, list) else [value]
    for row in rows:
        if not isinstance(row, dict):
            continue
        if path:
            yield from _each(row.get(path[0], []), *path[1:])
        else:
            yield row


def _first(value: Any, *path: str) -> dict[str, Any]:
    """The first element there; of several routing engines or members, the first one's."""
    several = ("multi-routing-engine-results", "multi-routing-engine-item", *path)
    return next(_each(value, *path), None) or next(_each(value, *several), {})


def _text(row: dict[str, Any], name: str) -> str:
    found = next(_each(row.get(name, [])), {}).get("data")
    return found.strip() if isinstance(found, str) else ""


def _chassis(answer: Any) -> dict[str, Any]:
    return {"serial_number": _text(_first(answer, "chassis-inventory", "chassis"), "serial-number")}


def _uptime(answer: Any) -> dict[str, Any]:
    length = _first(answer, "system-uptime-information", "system-booted-time", "time-length")
    attributes = length.get("attributes")
    seconds = str(attributes.get("junos:seconds", "")) if isinstance(attributes, dict) else ""
    return {"uptime": int(seconds)} if seconds.isascii() and seconds.isdigit() and len(seconds) < 12 else {}


def _interface(row: dict[str, Any]) -> dict[str, Any]:
    mtu, speed = _text(row, "mtu"), _SPEED.fullmatch(_text(row, "speed"))
    return {
        "description": _text(row, "description"),
        "is_enabled": _text(row, "admin-status") == "up",
        "is_up": _text(row, "oper-status") == "up",
        "mtu": int(mtu) if mtu.isascii() and mtu.isdigit() and len(mtu) < 10 else None,
        "speed": int(speed[1][:9]) * (1000 if speed[2].lower() == "g" else 1) if speed else None,
        "mac_address": _text(row, "current-physical-address"),
    }


def _addresses(logical: dict[str, Any]) -> dict[str, Any]:
    """Of a logical interface: that is where Junos has addresses."""
    found: dict[str, dict[str, Any]] = {}
    for family in _each(logical, "address-family"):
        kind = _FAMILIES.get(_text(family, "address-family-name"))
        for address in _each(family, "interface-address") if kind else ():
            local, _, length = _text(address, "ifa-local").partition("/")
            # without a length it is one host's
            whole = 32 if kind == "ipv4" else 128
            if _is_address(local):
                prefix = int(length) if length.isascii() and length.isdigit() and len(length) < 4 else whole
                found.setdefault(str(kind), {})[local] = {"prefix_length": prefix}
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
