"""bin/lab itself: what it builds, what it breaks on request, and that it leaves nothing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from networkops.tests.conftest import settled
from tests.lab.running import COMMAND, RunningLab, running_lab


def lab_command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=60, check=False)


def traces(name: str) -> list[str]:
    """What there is of a lab on this machine: its folder, namespaces, interfaces and processes."""
    found = [str(path) for path in Path("/run/webnet-lab").glob(name)]
    found += [str(path) for path in Path("/run/netns").glob(f"weblab-{name}-*")]
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().decode(errors="replace")
        except OSError:
            continue
        found += [command] if f"/webnet-lab/{name}/" in command else []
    return found


def bridges() -> set[str]:
    return {path.name for path in Path("/sys/class/net").glob("weblab*")}


def neighbours(lab: RunningLab, hostname: str) -> set[tuple[str, str, str]]:
    """(own port, neighbour, its port) by LLDP."""
    answer = json.loads(lab.do("exec", hostname, "lldpcli", "-f", "json0", "show", "neighbors"))
    rows = answer["lldp"][0].get("interface", [])
    return {(r["name"], r["chassis"][0]["name"][0]["value"], r["port"][0]["id"][0]["value"]) for r in rows}


def cabling(lab: RunningLab, hostname: str) -> set[tuple[str, str, str]]:
    return {(port["name"], port["peer"], port["peer_port"]) for port in lab.routers[hostname]["ports"]}


def test_routers_stand_in_a_ring_and_see_what_the_inventory_says(lab: RunningLab) -> None:
    names = ["r1", "r2", "r3", "r4"]
    assert list(lab.routers) == names
    around = [tuple(sorted((name, names[(place + 1) % 4]))) for place, name in enumerate(names)]
    assert sorted(tuple(sorted((one[0], other[0]))) for one, other in lab.inventory["links"]) == sorted(around)
    for name in names:
        assert neighbours(lab, name) == cabling(lab, name)
    assert len({row["host_key"] for row in lab.routers.values()}) == 4


def test_cut_link_is_seen_at_both_ends_and_heals(lab: RunningLab) -> None:
    whole = cabling(lab, "r2")
    with lab.without_link("r1", "eth1"):
        assert settled(lambda: neighbours(lab, "r2") == {row for row in whole if row[1] != "r1"}, 20)
        assert "eth1" not in {row[0] for row in neighbours(lab, "r1")}
    assert settled(lambda: neighbours(lab, "r2") == whole, 30)
    lab.do("settle")


def test_router_sees_no_secret_of_the_host(lab: RunningLab) -> None:
    shadow = lab.do("exec", "r1", "cat", "/etc/shadow").splitlines()
    assert [line.split(":")[0] for line in shadow if line.split(":")[1] not in {"*", ""}] == ["netops", "vtysh"]
    assert not lab.do(
        "exec", "r1", "sh", "-c", "ls /root /tmp /etc/ssh | grep -v -e : -e sshd_config -e ed25519"
    ).split()


def test_two_labs_at_a_time_and_nothing_is_left_of_either(lab: RunningLab) -> None:
    before = bridges()
    with running_lab(1) as other:
        name = other.inventory["name"]
        assert name in lab_command("list").stdout.split()
        assert other.inventory["network"] != lab.inventory["network"]
        assert traces(name)
        assert len(bridges()) == len(before) + 2
    assert not traces(name)
    assert bridges() == before


def test_up_and_down_can_be_said_twice() -> None:
    name = f"again-{os.getpid()}"
    try:
        first, second = lab_command("--name", name, "up", "1"), lab_command("--name", name, "up", "1")
        assert (first.returncode, second.returncode) == (0, 0)
        assert first.stdout == second.stdout
        other_size = lab_command("--name", name, "up", "2")
        assert other_size.returncode == 1
        assert "is up with 1 routers: take it down first" in other_size.stderr
    finally:
        gone = lab_command("--name", name, "down")
    assert gone.stdout == f"lab {name}: gone\n"
    assert lab_command("--name", name, "down").stdout == f"lab {name}: was not up\n"
    assert not traces(name)


def test_lab_whose_start_was_killed_can_be_taken_down() -> None:
    name = f"killed-{os.getpid()}"
    start = subprocess.Popen([*COMMAND, "--name", name, "up", "3"], stdout=subprocess.DEVNULL)
    try:
        assert settled(lambda: bool(list(Path("/run/netns").glob(f"weblab-{name}-*"))), 20)
    finally:
        start.kill()
        start.wait()
    assert lab_command("--name", name, "down").returncode == 0
    assert settled(lambda: not traces(name), 10)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["power", "off", "r9"], "has no router 'r9'; it has r1 to r4"),
        (["link", "cut", "r1", "eth7"], "router r1 has no port 'eth7'; it has eth1, eth2"),
    ],
)
def test_what_is_not_there_is_named(lab: RunningLab, words: list[str], answer: str) -> None:
    done = lab_command("--name", lab.inventory["name"], *words)
    assert done.returncode == 1
    assert answer in done.stderr
