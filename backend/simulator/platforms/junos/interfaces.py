"""The interfaces of a Junos-like device, read out of its configuration, and what `| display json` makes of them."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from simulator import facts
from simulator.platforms.port import Port
from simulator.platforms.reading import TextState

_SECTION = re.compile(r"^interfaces {\n(.*?)^}\n", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^    (\S+) {\n(.*?)^    }\n", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"address (\S+/\d+);")
_FAMILIES = {4: "inet", 6: "inet6"}


def interfaces(state: TextState) -> list[Port]:
    """All interfaces in the order of the configuration; they have a cable."""
    section = _SECTION.search(state.running_config)
    blocks = _BLOCK.findall(section[1]) if section else []
    return [_port(state.host.spec.hostname, name, block) for name, block in blocks]


def _port(hostname: str, name: str, block: str) -> Port:
    description = re.search(r'description "?([^";]*)"?;', block)
    mtu = re.search(r"mtu (\d+);", block)
    loopback, enabled = name.startswith("lo"), "disable;" not in block
    return Port(
        name,
        description[1] if description else "",
        "" if loopback else facts.mac(hostname, name),
        0 if loopback else int(mtu[1]) if mtu else 1514,
        0 if loopback else 10_000 if name.startswith("xe") else 1_000,
        enabled,
        enabled,
        tuple(ipaddress.ip_interface(text) for text in _ADDRESS.findall(block)),
    )


def wrapped(value: Any) -> Any:
    """As Junos writes JSON: every element a list, every text an object."""
    if isinstance(value, dict):
        return [{name: wrapped(below) for name, below in value.items()}]
    if isinstance(value, list):
        return [one for below in value for one in wrapped(below)]
    return [{"data": value}]


def interfaces_json(ports: list[Port]) -> dict[str, Any]:
    """`show interfaces | display json`."""
    return {"interface-information": wrapped({"physical-interface": [_physical(port) for port in ports]})}


def _physical(port: Port) -> dict[str, Any]:
    speed = f"{port.speed // 1000}Gbps" if port.speed >= 10_000 else f"{port.speed}mbps"
    mac = facts.colon_mac(port.mac)
    return {
        **_states(port, port.name),
        **({"description": port.description} if port.description else {}),
        "if-type": "Ethernet" if port.mac else "Loopback",
        "mtu": str(port.mtu) if port.mtu else "Unlimited",
        **({"speed": speed, "current-physical-address": mac, "hardware-physical-address": mac} if port.mac else {}),
        "logical-interface": [{"name": f"{port.name}.0"}],
    }


def terse_json(ports: list[Port]) -> dict[str, Any]:
    """`show interfaces terse | display json`."""
    rows = [_states(port, port.name) | {"logical-interface": [_logical(port)]} for port in ports]
    return {"interface-information": wrapped({"physical-interface": rows})}


def _logical(port: Port) -> dict[str, Any]:
    families = [
        {
            "address-family-name": name,
            "interface-address": [{"ifa-local": str(address)} for address in port.of_version(version)],
        }
        for version, name in _FAMILIES.items()
        if port.of_version(version)
    ]
    return _states(port, f"{port.name}.0") | {"address-family": families}


def _states(port: Port, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "admin-status": "up" if port.enabled else "down",
        "oper-status": "up" if port.up else "down",
    }


def interfaces_text(ports: list[Port]) -> str:
    """`show interfaces`."""
    return "\n".join(_text(port) for port in ports)


def _text(port: Port) -> str:
    enabled, link = "Enabled" if port.enabled else "Administratively down", "Up" if port.up else "Down"
    rows = [f"Physical interface: {port.name}, {enabled}, Physical link is {link}"]
    rows += [f"  Description: {port.description}"] if port.description else []
    rows.append(f"  Link-level type: {'Ethernet' if port.mac else 'Unspecified'}, MTU: {port.mtu or 'Unlimited'}")
    if port.mac:
        mac = facts.colon_mac(port.mac)
        rows.append(f"  Current address: {mac}, Hardware address: {mac}")
    rows.append(f"\n  Logical interface {port.name}.0")
    for address in port.addresses:
        local = f"Destination: {address.network}, Local: {address.ip}"
        rows += [f"    Protocol {_FAMILIES[address.version]}", f"        {local}"]
    return "".join(f"{row}\n" for row in rows)
