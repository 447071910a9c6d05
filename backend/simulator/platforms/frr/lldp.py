"""What lldpd on an FRR-like router hears: its spec's links, as `lldpcli -f json0` prints them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simulator import facts
from simulator.platforms.reading import TextState
from simulator.spec import Link


def lldpcli(state: TextState, words: Sequence[str]) -> str:
    """`lldpcli -f json0 show neighbors [details]`."""
    interfaces = [_entry(number, link) for number, link in enumerate(state.host.spec.links, 1)]
    return json.dumps({"lldp": [{"interface": interfaces}] if interfaces else [{}]}, indent=2) + "\n"


def _entry(number: int, link: Link) -> dict[str, Any]:
    chassis: dict[str, Any] = {
        "id": [{"type": "mac", "value": facts.colon_mac(facts.mac(link.peer, "base"))}],
        "name": [{"value": link.peer}],
        "descr": [{"value": "Simulated network device"}],
        "capability": [{"type": "Bridge", "enabled": False}, {"type": "Router", "enabled": True}],
    }
    if link.peer_address:
        chassis["mgmt-ip"] = [{"value": link.peer_address}]
    port = {
        "id": [{"type": "ifname", "value": link.peer_interface}],
        "descr": [{"value": link.peer_interface}],
        "ttl": [{"value": "120"}],
    }
    return {
        "name": link.interface, "via": "LLDP", "rid": str(number), "age": "3 days, 01:02:03",
        "chassis": [chassis], "port": [port],
    }  # fmt: skip
