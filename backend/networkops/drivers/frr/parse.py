"""From what FRRouting, lldpd and Linux answer to what NAPALM calls for. Plain functions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from napalm.base.constants import BGP_NEIGHBOR_NULL_COUNTER
from napalm.base.helpers import mac as napalm_mac

CLOCK = "%Y/%m/%d %H:%M:%S.%f"
"""How zebra writes a moment, in the router's own time zone."""
NO_SPEED = 2**32 - 1
UNKNOWN = -1
CAPABILITIES = {"Wlan": "wlan-access-point", "Tel": "telephone", "Docsis": "docsis-cable-device"}
"""Where lldpd's word is not NAPALM's in capitals."""
FAMILIES = {"ipv4Unicast": "ipv4", "ipv6Unicast": "ipv6"}
_REPLY = re.compile(r"bytes from (?:\S+ \()?([0-9a-fA-F.:]+)\)?: .*time=([\d.]+) ms")
_SENT = re.compile(r"(\d+) packets transmitted, (\d+) received")
_TIMES = re.compile(r"= ([\d.]+)/([\d.]+)/([\d.]+)/([\d.]+) ms")


def version_and_name(text: str) -> tuple[str, str]:
    """Of `show version`."""
    found = re.search(r"^FRRouting (\S+?)(?: \((\S+)\))?(?: on .*)?\.?$", text, re.MULTILINE)
    return (found[1], found[2] or "") if found else ("", "")


def files(text: str) -> dict[str, str]:
    """Of `head -n 1 FILE…`: the first line of each."""
    return dict(re.findall(r"^==> (\S+) <==\n(.*)$", text, re.MULTILINE))


def interfaces(found: dict[str, dict[str, Any]], now: datetime | None) -> dict[str, dict[str, Any]]:
    """Of `show interface json`; without the router's clock nothing is said of when an interface flapped."""
    return {
        name: {
            # an interface that is switched off has no operational status
            "is_up": row.get("operationalStatus") == "up",
            "is_enabled": row["administrativeStatus"] == "up",
            "description": row.get("description", ""),
            "last_flapped": _since_change(row, now),
            "speed": float(UNKNOWN if row.get("speed", NO_SPEED) == NO_SPEED else row["speed"]),
            "mtu": row["mtu"],
            "mac_address": mac(row.get("hardwareAddress", "")),
        }
        for name, row in found.items()
    }


def _since_change(row: dict[str, Any], now: datetime | None) -> float:
    moments = [datetime.strptime(row[end], CLOCK) for end in ("lastLinkUp", "lastLinkDown") if end in row]  # noqa: DTZ007
    return max(0.0, (now - max(moments)).total_seconds()) if now and moments else float(UNKNOWN)


def mac(text: str) -> str:
    return str(napalm_mac(text)) if text else ""


def addresses(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """Of `show interface json`; interfaces without an address are left out."""
    result: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for name, row in found.items():
        for entry in row.get("ipAddresses", []):
            address = ipaddress.ip_interface(entry["address"])
            family = result.setdefault(name, {}).setdefault(f"ipv{address.version}", {})
            family[str(address.ip)] = {"prefix_length": address.network.prefixlen}
    return result


def counters(found: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Of `ip -s -j link`. Linux counts broadcasts with the multicasts, and those only on the way in."""
    result = {}
    for row in found:
        if "stats64" not in row:  # empty entries stand for interfaces that were filtered out
            continue
        rx, tx = row["stats64"]["rx"], row["stats64"]["tx"]
        result[row["ifname"]] = {
            "tx_errors": tx["errors"],
            "rx_errors": rx["errors"],
            "tx_discards": tx["dropped"],
            "rx_discards": rx["dropped"],
            "tx_octets": tx["bytes"],
            "rx_octets": rx["bytes"],
            "tx_unicast_packets": tx["packets"],
            "rx_unicast_packets": rx["packets"] - rx["multicast"],
            "tx_multicast_packets": UNKNOWN,
            "rx_multicast_packets": rx["multicast"],
            "tx_broadcast_packets": UNKNOWN,
            "rx_broadcast_packets": UNKNOWN,
        }
    return result


def arp(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of `ip -4 -s -j neigh`; an entry without a hardware address is a question that nobody answered."""
    return [
        {"interface": row["dev"], "mac": mac(row["lladdr"]), "ip": row["dst"], "age": float(row.get("confirmed", -1))}
        for row in found
        if "lladdr" in row
    ]


def lldp(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Of `lldpcli -f json0 show neighbors details`: LLDP's neighbours, not those of CDP and its like."""
    result: dict[str, list[dict[str, Any]]] = {}
    for entry in _each(found, "lldp", "interface"):
        if entry.get("via") == "LLDP":
            result.setdefault(entry["name"], []).append(_neighbour(entry))
    return result


def _neighbour(entry: dict[str, Any]) -> dict[str, Any]:
    chassis, port = (next(_each(entry, name), {}) for name in ("chassis", "port"))
    capabilities = [
        (CAPABILITIES.get(row["type"], row["type"].lower()), row["enabled"]) for row in _each(chassis, "capability")
    ]
    return {
        "parent_interface": "",
        "remote_port": _value(port, "id"),
        "remote_port_description": _value(port, "descr"),
        "remote_chassis_id": _value(chassis, "id"),
        "remote_system_name": _value(chassis, "name"),
        "remote_system_description": _value(chassis, "descr"),
        "remote_system_capab": sorted(name for name, _ in capabilities),
        "remote_system_enable_capab": sorted(name for name, enabled in capabilities if enabled),
    }


def lldp_addresses(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The same with each neighbour's `remote_management_address`, for which NAPALM's form has no place."""
    result = lldp(found)
    entries = [entry for entry in _each(found, "lldp", "interface") if entry.get("via") == "LLDP"]
    left = {name: iter(rows) for name, rows in result.items()}
    for entry in entries:
        chassis: dict[str, Any] = next(_each(entry, "chassis"), {})
        next(left[entry["name"]])["remote_management_address"] = ", ".join(
            str(row.get("value", "")) for row in _each(chassis, "mgmt-ip")
        )
    return result


def _each(found: dict[str, Any], name: str, *deeper: str) -> Iterator[dict[str, Any]]:
    for entry in found.get(name, []):
        if deeper:
            yield from _each(entry, *deeper)
        else:
            yield entry


def _value(found: dict[str, Any], name: str) -> str:
    return str(next(_each(found, name), {}).get("value", ""))


def bgp(neighbours: dict[str, Any], instances: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of `show bgp vrf all neighbors json` and `show bgp vrfs json`; NAPALM calls the default instance `global`."""
    result: dict[str, dict[str, Any]] = {"global": {"router_id": "", "peers": {}}}
    for name, instance in instances.get("vrfs", {}).items():
        rows = neighbours.get(name, {})
        peers = {peer: _peer(row) for peer, row in rows.items() if isinstance(row, dict) and "remoteAs" in row}
        result["global" if name == "default" else name] = {"router_id": instance["routerId"], "peers": peers}
    return result


def _peer(row: dict[str, Any]) -> dict[str, Any]:
    is_up = row["bgpState"] == "Established"
    return {
        "local_as": row["localAs"],
        "remote_as": row["remoteAs"],
        "remote_id": row.get("remoteRouterId", ""),
        "is_up": is_up,
        "is_enabled": not row.get("adminShutDown", False),
        "description": row.get("nbrDesc", ""),
        "uptime": row["bgpTimerUpMsec"] // 1000 if is_up else UNKNOWN,
        "address_family": {
            FAMILIES.get(family, family): {
                "sent_prefixes": counts.get("sentPrefixCounter", BGP_NEIGHBOR_NULL_COUNTER),
                "accepted_prefixes": counts.get("acceptedPrefixCounter", BGP_NEIGHBOR_NULL_COUNTER),
                # counted only where the neighbour's routes are kept as they came
                "received_prefixes": BGP_NEIGHBOR_NULL_COUNTER,
            }
            for family, counts in row.get("addressFamilyInfo", {}).items()
        },
    }


def config(text: str) -> str:
    """Of `show running-config`: without the words above the configuration."""
    return (text.partition("Current configuration:\n")[2] or text) + "\n"


def ping(text: str) -> dict[str, Any]:
    """Of ping's output; its last words where it sent nothing."""
    sent = _SENT.search(text)
    if not sent:
        return {"error": text.strip().rpartition("\n")[2] or "ping said nothing"}
    times = _TIMES.search(text)
    least, mean, most, deviation = (float(value) for value in times.groups()) if times else (0.0, 0.0, 0.0, 0.0)
    return {
        "success": {
            "probes_sent": int(sent[1]),
            "packet_loss": int(sent[1]) - int(sent[2]),
            "rtt_min": least,
            "rtt_max": most,
            "rtt_avg": mean,
            "rtt_stddev": deviation,
            "results": [{"ip_address": address, "rtt": float(rtt)} for address, rtt in _REPLY.findall(text)],
        }
    }
