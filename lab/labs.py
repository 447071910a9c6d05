"""Whole labs: brought up, taken down, found again."""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import packages, power
from lab.files import host_key, write_router
from lab.plan import ACCOUNTS, MOST_LABS, NAME, PREFIX, Plan, make_plan, network_of
from lab.words import LabError, ip_batch, run

STATE = Path("/run/webnet-lab")
"""Gone after a restart of the machine, as the labs are."""
SETTLED_S = 120


@dataclass(frozen=True)
class Lab:
    """A lab that is up, or was begun."""

    plan: Plan
    password: str

    @property
    def folder(self) -> Path:
        return folder_of(self.plan.name)

    def router_folder(self, hostname: str) -> Path:
        return self.folder / self.plan.router(hostname).hostname

    def inventory(self) -> dict[str, Any]:
        """What somebody needs to log in to the routers, and to know what to find there."""
        routers = [
            row | {"platform": "frr", "host_key": host_key(self.folder / row["hostname"])}
            for row in self.plan.as_json()["routers"]
        ]
        accounts = {"username": ACCOUNTS[0], "cli_username": ACCOUNTS[1], "password": self.password}
        network = {"network": str(self.plan.network), "gateway": str(self.plan.network[1])}
        return {"name": self.plan.name, **accounts, **network, "routers": routers, "links": self.plan.links}


def folder_of(name: str) -> Path:
    """Raises LabError where the name is none."""
    if not NAME.fullmatch(name):
        raise LabError(f"{name!r} is no name for a lab: small letters, digits and dashes, at most 20")
    return STATE / name


def find(name: str) -> Lab:
    """Raises LabError."""
    try:
        kept = json.loads((folder_of(name) / "lab.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        raise LabError(f"no lab {name} is up") from None
    except PermissionError:
        raise LabError(f"lab {name} belongs to another user") from None
    return Lab(Plan.from_json(kept["plan"]), kept["password"])


def names() -> list[str]:
    """Names of the labs that are up, or were begun."""
    return sorted(path.parent.name for path in STATE.glob("*/lab.json"))


def up(name: str, number: int) -> Lab:
    """Bring a lab up, or leave it as it is where it is up already. Raises LabError and leaves nothing then."""
    packages.demand()
    if (folder_of(name) / "up").exists():
        lab = find(name)
        if len(lab.plan.routers) != number:
            raise LabError(f"lab {name} is up with {len(lab.plan.routers)} routers: take it down first")
        return lab
    down(name)  # what a killed start has left
    with _lock():
        lab = Lab(make_plan(name, number, _free_slot()), secrets.token_urlsafe(12))
        _keep(lab)
    try:
        _build(lab)
    except BaseException:
        down(name)
        raise
    return lab


def _keep(lab: Lab) -> None:
    """From here on `down` knows what there may be."""
    lab.folder.mkdir(mode=0o711)
    path = lab.folder / "lab.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"plan": lab.plan.as_json(), "password": lab.password}))
    if owner := os.environ.get("SUDO_UID"):
        os.chown(path, int(owner), -1)  # who started it with sudo may read how to log in


def _build(lab: Lab) -> None:
    plan = lab.plan
    hashed = run("openssl", "passwd", "-6", "-stdin", given=f"{lab.password}\n").strip()
    _cable(plan)
    hostnames = [router.hostname for router in plan.routers]
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        list(pool.map(lambda router: write_router(lab.folder / router.hostname, plan, router, hashed), plan.routers))
        list(pool.map(lambda hostname: power.power_on(lab.folder / hostname, plan, hostname), hostnames))
    (lab.folder / "up").touch()


def _cable(plan: Plan) -> None:
    """Namespaces, the management bridge and the cables."""
    namespaces = {router.hostname: plan.namespace(router.hostname) for router in plan.routers}
    lines = [f"link add {plan.bridge} type bridge", f"link set {plan.bridge} up"]
    lines += [f"addr add {plan.network[1]}/{PREFIX} dev {plan.bridge}"]
    lines += [f"netns add {namespace}" for namespace in namespaces.values()]
    for hostname, namespace in namespaces.items():
        cable = plan.cable(hostname)
        lines += [f"link add {cable} type veth peer name mgmt0 netns {namespace}"]
        lines += [f"link set {cable} master {plan.bridge} up"]
    for (one, port), (other, other_port) in plan.links:
        far = f"{other_port} netns {namespaces[other]}"
        lines += [f"link add {port} netns {namespaces[one]} type veth peer name {far}"]
    ip_batch(lines)


def down(name: str) -> bool:
    """Take a lab down, whatever there is of it; False when there was none."""
    try:
        lab = find(name)
    except LabError:
        if not folder_of(name).exists():
            return False
        _forget(name)  # begun, and not yet written down: nothing else was made
        return True
    plan = lab.plan
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(power.kill, (lab.folder / router.hostname for router in plan.routers)))
    there = {line.split()[0] for line in run("ip", "netns", "list").splitlines() if line}
    namespaces = (plan.namespace(router.hostname) for router in plan.routers)
    ip_batch(f"netns del {namespace}" for namespace in namespaces if namespace in there)
    # A namespace may live on for a moment; the host's ends of its cables go now.
    for interface in [plan.bridge, *(plan.cable(router.hostname) for router in plan.routers)]:
        if Path("/sys/class/net", interface).exists():
            with suppress(LabError):
                run("ip", "link", "del", interface)
    _forget(name)
    return True


def _forget(name: str) -> None:
    with _lock():
        shutil.rmtree(folder_of(name))


@contextmanager
def _lock() -> Iterator[None]:
    """One at a time chooses a slot. The lock is a folder that stays, so that none of ours has to."""
    folder = os.open(STATE.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        STATE.mkdir(mode=0o711, exist_ok=True)
        yield
    finally:
        with suppress(OSError):  # where labs are up it is not empty
            STATE.rmdir()
        os.close(folder)


def _free_slot() -> int:
    taken = {find(name).plan.slot for name in names()}
    theirs = [
        ipaddress.ip_interface(f"{address['local']}/{address['prefixlen']}").network
        for link in json.loads(run("ip", "-json", "-4", "address"))
        for address in link["addr_info"]
    ]
    for slot in range(MOST_LABS):
        if slot not in taken and not any(network_of(slot).overlaps(network) for network in theirs):
            return slot
    raise LabError(f"there is no room for another lab: {len(taken)} are up")


def power_switch(name: str, hostname: str, *, on: bool) -> None:
    """Raises LabError."""
    packages.demand()
    lab = find(name)
    (power.power_on if on else power.power_off)(lab.router_folder(hostname), lab.plan, hostname)


def link_switch(name: str, hostname: str, port: str, *, whole: bool) -> None:
    """Cut or heal a cable at one of its ends; the other end sees its light go. Raises LabError."""
    packages.demand()
    lab = find(name)
    ports = [port.name for port in lab.plan.router(hostname).ports]
    if port not in ports:
        raise LabError(f"router {hostname} has no port {port!r}; it has {', '.join(ports) or 'none'}")
    ip_batch([f"link set {port} {'up' if whole else 'down'}"], namespace=lab.plan.namespace(hostname))


def settle(name: str, seconds: float = SETTLED_S) -> None:
    """Wait until every router has its LLDP, OSPF and BGP neighbours. Raises LabError."""
    lab, end = find(name), time.monotonic() + seconds
    lacking = {router.hostname: len(router.ports) for router in lab.plan.routers}
    while lacking := {host: ports for host, ports in lacking.items() if _neighbours(lab, host) < ports}:
        if time.monotonic() > end:
            raise LabError(f"after {seconds:.0f} s these still lack neighbours: {', '.join(lacking)}")
        time.sleep(0.2)


def _neighbours(lab: Lab, hostname: str) -> int:
    """On how many ports a router sees its neighbour in all three protocols."""
    folder = lab.folder / hostname
    lldp = json.loads(power.ask(folder, "lldpcli", "-f", "json0", "show", "neighbors"))["lldp"][0]
    seen = len(lldp.get("interface", []))
    if seen < len(lab.plan.router(hostname).ports):
        return seen
    bgp = json.loads(power.ask(folder, "vtysh", "-c", "show bgp ipv4 unicast summary json"))
    ospf = json.loads(power.ask(folder, "vtysh", "-c", "show ip ospf neighbor json"))
    rows = [row for rows in ospf.get("neighbors", {}).values() for row in rows]
    return min(
        seen,
        sum(peer["state"] == "Established" for peer in bgp.get("peers", {}).values()),
        sum(str(row.get("nbrState", row.get("state"))).startswith("Full") for row in rows),
    )
