"""What the demo consists of. Plain data, no Django."""

from __future__ import annotations

import json
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FIRST_PORT = 20022
FLEET = "fleet.json"
FAULTY = {
    # one device for each way to misbehave: number within the fleet -> fault
    4: "unreachable",
    11: "wrong_password",
    17: "changed_host_key",
    23: "slow",
    31: "hangs",
    38: "cuts_off",
    46: "garbage",
    53: "invalid_input",
}
USERNAME = "netops"
# what somebody configures by hand after the first backup
CHANGED: dict[str, tuple[str, ...]] = {
    "osl1-core1": ("ntp server 192.0.2.123", "snmp-server location Oslo DC1 row 4"),
    "osl1-acc1": ("interface GigabitEthernet1/0/5", "description spare, was printer", "shutdown"),
    "gdn1-core1": ("logging host 192.0.2.50", "ip route 198.51.100.0 255.255.255.0 192.0.2.1"),
}


@dataclass(frozen=True, slots=True)
class DemoSite:
    customer: str
    name: str
    region: str
    latitude: float
    longitude: float
    code: str


CUSTOMERS = {"aurora": "Aurora Energy", "baltic": "Baltic Rail", "cobalt": "Cobalt Retail"}
SITES = (
    DemoSite("aurora", "Oslo DC1", "Nordics", 59.91273, 10.74609, "osl1"),
    DemoSite("aurora", "Bergen POP", "Nordics", 60.39299, 5.32415, "bgo1"),
    DemoSite("baltic", "Gdansk Hub", "Central Europe", 54.35205, 18.64637, "gdn1"),
    DemoSite("baltic", "Riga Yard", "Baltics", 56.94600, 24.10589, "rix1"),
    DemoSite("cobalt", "Rotterdam Store Core", "Benelux", 51.92250, 4.47917, "rtm1"),
)
# of each site's twelve devices: short name, role, platform here, platform of the simulator
RACK = (
    ("core1", "core", "ios", "ios"),
    ("core2", "core", "ios", "ios"),
    ("edge1", "edge", "junos_cli", "junos"),
    ("edge2", "edge", "junos_cli", "junos"),
    ("rr1", "core", "frr", "frr"),
    ("rr2", "core", "frr", "frr"),
    ("leaf1", "distribution", "eos", "eos"),
    ("leaf2", "distribution", "eos", "eos"),
    ("acc1", "access", "ios", "ios"),
    ("acc2", "access", "ios", "ios"),
    ("acc3", "access", "ios", "ios"),
    ("acc4", "access", "ios", "ios"),
)


def devices() -> list[dict[str, Any]]:
    """The sixty devices in order, each with its site, address and fault."""
    rows = []
    for place, site in enumerate(SITES):
        for unit, (name, role, platform, simulated) in enumerate(RACK):
            number = place * len(RACK) + unit
            rows.append(
                {
                    "hostname": f"{site.code}-{name}",
                    "site": site,
                    "role": role,
                    "platform": platform,
                    "simulated": simulated,
                    # loopback addresses of their own: Linux answers on all of 127.0.0.0/8
                    "address": f"127.40.{place + 1}.{unit + 11}",
                    "fault": FAULTY.get(number, ""),
                }
            )
    return rows


def cables(code: str) -> list[tuple[str, str]]:
    """Of one site: two cores, everything on both of them where it has two ways, and a provider that nobody manages."""
    pairs = [("core1", "rr1"), ("core2", "rr2"), ("rr1", "rr2"), ("core1", "leaf1"), ("core2", "leaf2")]
    pairs += [("rr1", "edge1"), ("rr2", "edge2"), ("edge1", "edge2"), ("leaf1", "leaf2"), ("rr1", "leaf2")]
    pairs += [("rr2", "leaf1"), ("leaf1", "acc1"), ("leaf2", "acc1"), ("leaf1", "acc2"), ("leaf2", "acc2")]
    pairs += [("leaf1", "acc3"), ("leaf2", "acc3"), ("leaf1", "acc4"), ("leaf2", "acc4"), ("edge1", "carrier-pe1")]
    return [(f"{code}-{one}", f"{code}-{other}") for one, other in pairs]


def wire(specs: list[dict[str, Any]]) -> None:
    """Put the links of all sites into the specs, those between sites too: the first edge routers form a ring."""
    from simulator import DeviceSpec
    from simulator.wiring import ring, wired

    found = [pair for site in SITES for pair in cables(site.code)]
    for customer in CUSTOMERS:
        edges = [f"{site.code}-edge2" for site in SITES if site.customer == customer]
        found += ring(edges)[: len(edges) - 1]
    for spec, done in zip(specs, wired([DeviceSpec.from_json(spec) for spec in specs], found), strict=True):
        spec["links"] = [asdict(link) for link in done.links]


def typed_changes(folder: Path) -> dict[str, str]:
    """What somebody types at the consoles of the devices in `CHANGED`."""
    before = ("enable", keep_secret(folder, "device_enable"), "configure terminal")
    return {name: "\n".join((*before, *lines, "end", "exit", "")) for name, lines in CHANGED.items()}


def keep_secret(folder: Path, name: str, given: str = "") -> str:
    """A secret of the demo, made once and kept readable by its owner alone; `given` replaces it."""
    path = folder / name
    if not given and path.exists():
        return path.read_text().strip()
    value = given or secrets.token_urlsafe(12)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(value + "\n")
    return value


def device_port(folder: Path) -> int:
    """The port that this demo's devices answer on; two demos on one machine have two."""
    return int((folder / "device_port").read_text())


def choose_port(folder: Path) -> int:
    """The port of the last start, or the next one that no other demo's devices have; written for `device_port`."""
    path = folder / "device_port"
    port = int(path.read_text()) if path.exists() else FIRST_PORT
    while not _is_free(port):
        port += 1
    path.write_text(f"{port}\n")
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((devices()[0]["address"], port))
        except OSError:
            return False
    return True


def write_fleet(folder: Path) -> None:
    """The simulator's spec file. Brings the simulator in, whose libraries a process keeps."""
    port = choose_port(folder)
    password, enable = keep_secret(folder, "device_password"), keep_secret(folder, "device_enable")
    specs = [
        {
            "hostname": row["hostname"],
            "platform": row["simulated"],
            "role": {"core": "router", "access": "switch"}.get(row["role"], "") if row["simulated"] == "ios" else "",
            "username": USERNAME,
            "password": password,
            "enable_secret": enable if row["simulated"] == "ios" else "",
            "address": row["address"],
            "port": port,
            "fault": {"kind": row["fault"], "delay_ms": 60_000} if row["fault"] else None,
            "latency_ms": 20,
        }
        for row in devices()
    ]
    wire(specs)
    path = folder / FLEET
    path.touch(mode=0o600)
    path.write_text(json.dumps(specs, indent=1) + "\n")
