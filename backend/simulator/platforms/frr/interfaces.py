"""The interfaces of an FRR-like router, read out of its configuration, and what zebra and iproute2 make of them."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import time
from typing import Any

from simulator import facts
from simulator.platforms.port import Port
from simulator.platforms.reading import TextState

_BLOCK = re.compile(r"^interface (\S+)\n((?: .*\n)*)", re.MULTILINE)
_ADDRESS = re.compile(r"^ ip(?:v6)? address (\S+/\d+)", re.MULTILINE)
_SETTLED_S = 20
"""After so many seconds of a router's life its ports are up."""


def interfaces(state: TextState) -> list[Port]:
    """All interfaces in the order of the configuration; they have a cable."""
    return [_port(state.host.spec.hostname, name, block) for name, block in _BLOCK.findall(state.running_config)]


def _port(hostname: str, name: str, block: str) -> Port:
    description = re.search(r"^ description (.*)$", block, re.MULTILINE)
    loopback, enabled = name == "lo", " shutdown\n" not in block
    return Port(
        name,
        description[1] if description else "",
        "" if loopback else facts.mac(hostname, name),
        65536 if loopback else 1500,
        0 if loopback else 10_000,
        enabled,
        enabled,
        tuple(ipaddress.ip_interface(text) for text in _ADDRESS.findall(block)),
    )


def zebra_json(state: TextState) -> dict[str, Any]:
    """`show interface vrf all json`."""
    since = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(time.time() - state.host.uptime() + _SETTLED_S))
    return {port.name: _zebra(number, port, since) for number, port in enumerate(interfaces(state), 1)}


def _zebra(number: int, port: Port, since: str) -> dict[str, Any]:
    moment = "lastLinkUp" if port.up else "lastLinkDown"
    return {
        "administrativeStatus": "up" if port.enabled else "down",
        # one that is switched off has no operational status
        **({"operationalStatus": "up" if port.up else "down"} if port.enabled else {}),
        "linkDetection": True,
        "linkUps": int(port.up),
        "linkDowns": int(not port.up),
        moment: f"{since}.00",
        "vrfName": "default",
        **({"description": port.description} if port.description else {}),
        "index": number,
        "metric": 0,
        "mtu": port.mtu,
        "speed": port.speed,
        "flags": "<UP,RUNNING>" if port.up else "<>",
        "type": "Ethernet" if port.mac else "Loopback",
        **({"hardwareAddress": facts.colon_mac(port.mac)} if port.mac else {}),
        "ipAddresses": [{"address": str(one), "secondary": False, "unnumbered": False} for one in port.addresses],
        "interfaceType": "Other",
        "interfaceSlaveType": "None",
    }


def brief_json(state: TextState) -> dict[str, Any]:
    """`show interface brief json`, of one VRF or all."""
    return {
        port.name: {
            "administrativeStatus": "up" if port.enabled else "down",
            "operationalStatus": "up" if port.up else "down",
            "vrfName": "default",
            "ipAddresses": [{"address": str(one)} for one in port.addresses],
        }
        for port in interfaces(state)
    }


def links_json(state: TextState) -> list[dict[str, Any]]:
    """`ip -s -j link`."""
    return [_link(number, port) for number, port in enumerate(interfaces(state), 1)]


def _link(number: int, port: Port) -> dict[str, Any]:
    seen = int(hashlib.sha256(port.mac.encode()).hexdigest()[:6], 16) if port.up else 0
    counted = {"bytes": seen * 312, "packets": seen, "errors": 0, "dropped": 0}
    return {
        "ifindex": number,
        "ifname": port.name,
        "flags": ["UP", "LOWER_UP"] if port.up else [],
        "mtu": port.mtu,
        "operstate": "UP" if port.up else "DOWN",
        "link_type": "ether" if port.mac else "loopback",
        "address": facts.colon_mac(port.mac or "0" * 12),
        "stats64": {
            "rx": {**counted, "over_errors": 0, "multicast": seen // 50},
            "tx": {**counted, "carrier_errors": 0},
        },
    }
