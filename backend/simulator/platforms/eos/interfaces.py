"""The interfaces of an EOS-like device, read out of its configuration, and what `| json` makes of them."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from simulator import facts
from simulator.platforms.port import Port
from simulator.platforms.reading import TextState

_BLOCK = re.compile(r"^interface (\S+)$((?:\n   .*)*)", re.MULTILINE)
_ADDRESS = re.compile(r"^   ip(?:v6)? address (\S+/\d+)", re.MULTILINE)
_SPEEDS = {"Ethernet": 25_000, "Management": 1_000}
_FLAPPED = 86_400.0
"""Seconds of a device's life after which its ports last changed."""


def interfaces(state: TextState) -> list[Port]:
    """All interfaces in the order of the configuration; a port that nobody configured has no cable."""
    return [_port(state.host.spec.hostname, name, block) for name, block in _BLOCK.findall(state.running_config)]


def _port(hostname: str, name: str, block: str) -> Port:
    description = re.search(r"^   description (.*)$", block, re.MULTILINE)
    mtu = re.search(r"^   mtu (\d+)$", block, re.MULTILINE)
    loopback = name.startswith("Loopback")
    enabled = "\n   shutdown" not in block
    return Port(
        name,
        description[1] if description else "",
        "" if loopback else facts.mac(hostname, name),
        int(mtu[1]) if mtu else 65535 if loopback else 1500,
        _SPEEDS.get(name.rstrip("0123456789/."), 0),
        enabled,
        enabled and bool(block),
        tuple(ipaddress.ip_interface(text) for text in _ADDRESS.findall(block)),
    )


def interfaces_json(ports: list[Port], booted_at: float) -> dict[str, Any]:
    """`show interfaces | json`."""
    return {"interfaces": {port.name: _as_json(port, booted_at) for port in ports}}


def _as_json(port: Port, booted_at: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": port.name,
        "lineProtocolStatus": "up" if port.up else "down",
        "interfaceStatus": "connected" if port.up else "notconnect" if port.enabled else "disabled",
        "hardware": "loopback" if not port.mac else "vlan" if port.name.startswith("Vlan") else "ethernet",
        "description": port.description,
        "mtu": port.mtu,
        "bandwidth": port.speed * 1_000_000,
        "lastStatusChangeTimestamp": booted_at + _FLAPPED,
        "interfaceAddress": [
            {"primaryIp": {"address": str(address.ip), "maskLen": address.network.prefixlen}}
            for address in port.of_version(4)[:1]
        ],
    }
    return found | ({"physicalAddress": facts.colon_mac(port.mac)} if port.mac else {})


def addresses_json(ports: list[Port]) -> dict[str, Any]:
    """`show ip interface | json`."""
    return {"interfaces": {port.name: _addresses(port) for port in ports if port.of_version(4)}}


def _addresses(port: Port) -> dict[str, Any]:
    first, *others = (
        {"address": str(address.ip), "maskLen": address.network.prefixlen} for address in port.of_version(4)
    )
    status = {"lineProtocolStatus": "up" if port.up else "down", "mtu": port.mtu, "description": port.description}
    return {"name": port.name, **status, "interfaceAddress": {"primaryIp": first, "secondaryIpsOrderedList": others}}


def addresses6_json(ports: list[Port]) -> dict[str, Any]:
    """`show ipv6 interface | json`."""
    found = {
        port.name: {
            "name": port.name,
            "lineProtocolStatus": "up" if port.up else "down",
            "linkLocal": {"address": _link_local(port), "subnet": "fe80::/64"},
            "addresses": [{"address": str(one.ip), "subnet": str(one.network)} for one in port.of_version(6)],
        }
        for port in ports
        if port.of_version(6)
    }
    return {"interfaces": found} if found else {"interfaces": {}, "errors": ["No IPv6 configured interfaces"]}


def _link_local(port: Port) -> str:
    digits = f"{int(port.mac[:2] or '0', 16) ^ 2:02x}{port.mac[2:6]}fffe{port.mac[6:]}".zfill(16)
    return str(ipaddress.IPv6Address("fe80::" + ":".join(digits[start : start + 4] for start in range(0, 16, 4))))


def interfaces_text(ports: list[Port]) -> str:
    """`show interfaces`."""
    return "".join(_text(port) for port in ports)


def _text(port: Port) -> str:
    status = "up" if port.up else "down" if port.enabled else "administratively down"
    line, reason = ("up", "connected") if port.up else ("down", "notconnect")
    rows = [f"{port.name} is {status}, line protocol is {line} ({reason})"]
    if port.mac:
        dotted = facts.dotted_mac(port.mac)
        rows.append(f"  Hardware is Ethernet, address is {dotted} (bia {dotted})")
    if port.description:
        rows.append(f"  Description: {port.description}")
    rows += [f"  Internet address is {address}" for address in port.of_version(4)[:1]]
    rows.append(f"  IP MTU {port.mtu} bytes , BW {port.speed * 1000} kbit")
    return "".join(f"{row}\n" for row in rows)
