"""What an EOS-like device hears by LLDP: its spec's links."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from simulator import facts
from simulator.spec import DeviceSpec, Link

DESCRIPTION = "Simulated network device"


def _by_port(spec: DeviceSpec) -> Iterator[tuple[str, list[Link]]]:
    port = attrgetter("interface")
    return ((name, list(links)) for name, links in groupby(sorted(spec.links, key=port), key=port))


def detail_json(spec: DeviceSpec) -> dict[str, Any]:
    """`show lldp neighbors detail | json`."""
    return {
        "lldpNeighbors": {name: {"lldpNeighborInfo": [_info(one) for one in links]} for name, links in _by_port(spec)}
    }


def _info(link: Link) -> dict[str, Any]:
    info: dict[str, Any] = {
        "chassisIdType": "macAddress",
        "chassisId": facts.dotted_mac(facts.mac(link.peer, "base")),
        "systemName": link.peer,
        "systemDescription": DESCRIPTION,
        "systemCapabilities": {"bridge": True, "router": True},
        "neighborInterfaceInfo": {
            "interfaceIdType": "interfaceName",
            "interfaceId": f'"{link.peer_interface}"',
            "interfaceDescription": "",
        },
        "managementAddresses": [],
        "ttl": 120,
    }
    if link.peer_address:
        info["managementAddresses"].append({"addressType": "ipv4", "address": link.peer_address})
    return info


def detail_text(spec: DeviceSpec) -> str:
    """`show lldp neighbors detail`."""
    return "".join(
        f"Interface {name} detected {len(links)} LLDP neighbors:\n\n{''.join(map(_text, links))}"
        for name, links in _by_port(spec)
    )


def _text(link: Link) -> str:
    managed = f"    Management Address        : {link.peer_address}\n" if link.peer_address else ""
    return (
        f'  Neighbor {facts.dotted_mac(facts.mac(link.peer, "base"))}/"{link.peer_interface}", age 12 seconds\n'
        "  Discovered 3 days, 1:02:03 ago; Last changed 3 days, 1:02:03 ago\n"
        "  - Chassis ID type: MAC address (4)\n"
        f"    Chassis ID     : {facts.dotted_mac(facts.mac(link.peer, 'base'))}\n"
        "  - Port ID type: Interface name(5)\n"
        f'    Port ID     : "{link.peer_interface}"\n'
        "  - Time To Live: 120 seconds\n"
        f'  - System Name: "{link.peer}"\n'
        f'  - System Description: "{DESCRIPTION}"\n'
        "  - Management Address Subtype: IPv4\n"
        f"{managed}\n"
    )
