"""Ask a device for its neighbours: LLDP by the NAPALM driver or by a template, CDP by a template."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from networkops.edge import one_line
from networkops.errors import CommandRefused, DriverError, NotConfigured, TooMuchOutput
from networkops.neighbours import Heard, Neighbours
from networkops.parsers.tables import table_of
from networkops.types import Log, PlatformConnection

MOST = 2_000
"""Neighbours of one device. A chassis has some hundreds of ports; whoever names more is broken, or lies."""
LONGEST = {"interface": 128, "name": 253, "chassis": 128, "port": 128, "port_description": 255, "description": 500}

LLDP_COMMANDS = {
    "ios": "show lldp neighbors detail",
    "eos": "show lldp neighbors detail",
    "nxos_ssh": "show lldp neighbors detail",
    "iosxr_cli": "show lldp neighbors detail",
    "junos_cli": "show lldp neighbors",
    "huawei": "display lldp neighbor",
    "hp_comware": "display lldp neighbor-information verbose",
    "hp_procurve": "show lldp info remote-device detail",
    "aruba_aoscx": "show lldp neighbors-info detail",
    "paloalto_panos": "show lldp neighbors all",
}
"""Where a template knows the answer. Drivers leave the management address out: it is taken from here, too."""
CDP_COMMANDS = dict.fromkeys(("ios", "nxos_ssh", "iosxr_cli", "hp_procurve", "cisco_wlc"), "show cdp neighbors detail")

_COLUMNS = {
    "interface": ("local_interface",),
    "name": ("neighbor_name", "neighbor"),
    "chassis": ("chassis_id",),
    "port": ("neighbor_port_id", "neighbor_interface"),
    "port_description": ("neighbor_port_description", "neighbor_interface_description", "neighbor_interface"),
    "description": ("neighbor_description", "system_description", "platform"),
    "address": ("mgmt_address", "management_ip", "interface_ip"),
}
"""Templates of different hands call the same thing differently."""
_DRIVER = {
    "name": "remote_system_name",
    "chassis": "remote_chassis_id",
    "port": "remote_port",
    "port_description": "remote_port_description",
    "description": "remote_system_description",
    "address": "remote_management_address",
}
_OFF = ("is not enabled", "not running", "is disabled")
_NONE = re.compile(
    r"^(Capability codes|\(|Local Interface|Device ID  )|[Tt]otal .*: *0$|detected 0 LLDP|^Interface +Neighbor",
    re.ASCII,
)
_COUNTING = ("ios", "nxos_ssh")
_COUNTED = re.compile(
    r"(?:Total (?:entries|cdp entries) displayed ?: *|detected )(\d+)(?: LLDP neighbors?:|\s*$)", re.MULTILINE
)
"""What devices print where they hear nobody, and how many they say that they hear."""

Reader = Callable[[PlatformConnection], list[Heard]]


def discover(conn: PlatformConnection, params: Mapping[str, Any], log: Log) -> Neighbours:
    """Whom the device hears, by each protocol that it speaks. No params. Raises NetworkError where it speaks none."""
    readers = _readers(conn)
    if not readers:
        raise NotConfigured(f"webnet knows no command for LLDP or CDP on {conn.platform.label}")
    heard: list[Heard] = []
    refused: list[str] = []
    for protocol, read in readers.items():
        try:
            found = read(conn)
        except CommandRefused as error:
            refused.append(f"{protocol.upper()}: {one_line(str(error))}")
            continue
        log(f"{protocol.upper()}: {len(found):,} neighbour{'' if len(found) == 1 else 's'}")
        heard += found
    if len(refused) == len(readers):
        raise CommandRefused("; ".join(refused))
    for words in refused:
        log(words, "warning")
    if len(heard) > MOST:
        raise TooMuchOutput(f"the device names {len(heard):,} neighbours; more than {MOST:,} are not believed")
    usable = tuple(dict.fromkeys(one for one in heard if one.interface and (one.name or one.chassis or one.address)))
    if left := len(heard) - len(usable):
        log(f"{left:,} left out: told twice, or without an interface or anything that names the neighbour", "warning")
    return Neighbours(usable)


def _readers(conn: PlatformConnection) -> dict[str, Reader]:
    key = conn.platform.key
    readers: dict[str, Reader] = {}
    if conn.platform.napalm:
        readers["lldp"] = _lldp_by_driver
    elif key in LLDP_COMMANDS:
        readers["lldp"] = lambda conn: _by_template(conn, "lldp", LLDP_COMMANDS[key])
    if key in CDP_COMMANDS:
        readers["cdp"] = lambda conn: _by_template(conn, "cdp", CDP_COMMANDS[key])
    return readers


def _lldp_by_driver(conn: Any) -> list[Heard]:
    from napalm.base.exceptions import CommandErrorException

    conn.session.doing = "waiting for its LLDP neighbours"
    # a driver with more to tell than NAPALM's form holds
    ask = getattr(conn.driver, "_lldp_neighbors_with_address", conn.driver.get_lldp_neighbors_detail)
    try:
        found = ask()
    except CommandErrorException as error:
        raise CommandRefused(one_line(str(error))) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise DriverError(f"its answer about LLDP was not understood: {one_line(str(error), 80)}") from error
    if not isinstance(found, Mapping) or not all(isinstance(rows, list) for rows in found.values()):
        raise DriverError("its answer about LLDP was not understood")
    count = sum(map(len, found.values()))
    if count > MOST:
        raise TooMuchOutput(f"the device names {count:,} neighbours; more than {MOST:,} are not believed")
    heard = [
        _heard("lldp", interface, {field: row.get(name, "") for field, name in _DRIVER.items()})
        for interface, rows in found.items()
        for row in rows
        if isinstance(row, Mapping)
    ]
    return _proven(conn, heard) if conn.platform.key in LLDP_COMMANDS else heard


def _proven(conn: Any, heard: list[Heard]) -> list[Heard]:
    """The same with management addresses, once the text of the answer bears the driver out.

    Drivers take whatever they cannot read for "no neighbours", and every link of the device would be gone.
    """
    command = LLDP_COMMANDS[conn.platform.key]
    text = conn.show(command)
    if not heard:
        _demand_none(text, command)
        return heard
    _demand_all(text, command, len(heard))
    if conn.platform.key in _COUNTING and not _COUNTED.search(text):
        raise DriverError(f"its answer to '{command}' has no end: the count of its neighbours is missing")
    table = table_of(text, conn.platform.key, command)
    found = _rows("lldp", table.columns, table.rows) if table else []
    addresses = {(one.name, one.port): one.address for one in found}
    return [one.at(addresses.get((one.name, one.port), "")) for one in heard]


def _demand_none(text: str, command: str) -> None:
    """No neighbour is told by silence, by a count of none, or by the head of a table alone."""
    if any(words in text[:300] for words in _OFF):
        raise CommandRefused(one_line(text))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all(_NONE.search(line) for line in lines):
        raise DriverError(f"its answer to '{command}' was not understood: {one_line(text.strip()[:200], 80)!r}")


def _demand_all(text: str, command: str, count: int) -> None:
    """Where the device counts its neighbours at the end, or before each interface, they must have come."""
    told = [int(number) for number in _COUNTED.findall(text)]
    if told and sum(told) != count:
        raise DriverError(f"its answer to '{command}' tells of {sum(told):,} neighbours and describes {count:,}")


def _by_template(conn: PlatformConnection, protocol: str, command: str) -> list[Heard]:
    text = conn.show(command)
    table = table_of(text, conn.platform.key, command)
    if table is None:
        _demand_none(text, command)
        return []
    _demand_all(text, command, len(table.rows))
    return _rows(protocol, table.columns, table.rows)


def _rows(protocol: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> list[Heard]:
    found = []
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        values = {
            field: next((cells[name] for name in names if cells.get(name)), "") for field, names in _COLUMNS.items()
        }
        found.append(_heard(protocol, values.pop("interface"), values))
    return found


def _heard(protocol: str, interface: Any, values: Mapping[str, Any]) -> Heard:
    name, chassis, port, port_description, description = (
        one_line(str(values.get(field) or ""), LONGEST[field])
        for field in ("name", "chassis", "port", "port_description", "description")
    )
    where = one_line(str(interface), LONGEST["interface"])
    return Heard(protocol, where, name, chassis, port, port_description, _address(values["address"]), description)


def _address(value: Any) -> str:
    """The first address in it that somebody could be reached at, or an empty text."""
    for word in str(value or "")[:200].replace(",", " ").split():
        try:
            address = ipaddress.ip_address(word)
        except ValueError:
            continue
        if not (address.is_unspecified or address.is_multicast or address.is_link_local):
            return str(address)
    return ""
