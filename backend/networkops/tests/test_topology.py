"""Neighbours of simulated devices, over real SSH and through NAPALM's own drivers; and what is garbage."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from networkops.errors import CommandRefused, DriverError, NetworkError, NotConfigured, TooMuchOutput
from networkops.interfaces import interface_key, is_interface_name
from networkops.neighbours import Heard, Neighbours
from networkops.platforms import PLATFORMS
from networkops.tasks.topology import MOST, discover
from networkops.tests.conftest import MakeFleet, ends, host, run
from networkops.types import HostDone, Line
from simulator import DeviceSpec, FaultKind, Fleet, FleetThread, Link
from simulator.platforms.ios.generate import generate
from simulator.wiring import ports_of, wired

PLATFORM_NAMES = ("ios", "eos", "junos", "frr")
PEERS = ("core-1", "core-2", "core-3")


def ios(*protocols: str, peers: tuple[str, ...] = PEERS[:2]) -> DeviceSpec:
    """A router that speaks these, with a cable to each peer."""
    bare = DeviceSpec("r1", role="router")
    config = re.sub(r"^(no )?(cdp|lldp) run\n", "", generate(bare), flags=re.MULTILINE)
    config = config.removesuffix("end\n") + "".join(f"{one} run\n" for one in protocols) + "end\n"
    links = (
        Link(port, peer, "Gi0/9", f"192.0.2.{number}")
        for number, (port, peer) in enumerate(zip(ports_of(bare), peers, strict=False), 1)
    )
    return replace(bare, config=config, links=tuple(links))


def ask(fleet: Fleet, name: str = "r1", **settings: Any) -> tuple[HostDone, list[str]]:
    events = run([host(fleet, name)], "topology_discovery", **settings)
    return ends(events)[1], [event.text for event in events if isinstance(event, Line)]


@pytest.mark.parametrize("platform", PLATFORM_NAMES)
def test_each_platform_tells_its_neighbour(make_fleet: MakeFleet, platform: str) -> None:
    port = ports_of(DeviceSpec("r1", platform=platform))[0]
    link = Link(port, "core-2", "Ethernet7", "192.0.2.7")
    done, lines = ask(make_fleet(DeviceSpec("r1", platform=platform, links=(link,))))

    assert done.error is None, done.error
    [heard] = [one for one in done.result.heard if one.protocol == "lldp"]
    assert interface_key(heard.interface) == interface_key(link.interface)
    assert (heard.name, interface_key(heard.port)) == ("core-2", "ethernet7")
    assert heard.chassis
    # the table that Junos prints has no addresses
    assert heard.address == ("" if platform == "junos" else "192.0.2.7")
    assert "LLDP: 1 neighbour" in lines


@pytest.mark.parametrize("platform", PLATFORM_NAMES)
def test_a_device_without_neighbours_says_so(make_fleet: MakeFleet, platform: str) -> None:
    done, _ = ask(make_fleet(DeviceSpec("r1", platform=platform)))

    assert done.error is None, done.error
    assert done.result == Neighbours(())


def test_ios_tells_by_cdp_too(make_fleet: MakeFleet) -> None:
    done, _ = ask(make_fleet(ios("lldp", "cdp")))

    assert done.error is None, done.error
    for protocol in ("lldp", "cdp"):
        found = {(one.name, one.address) for one in done.result.heard if one.protocol == protocol}
        assert found == {("core-1", "192.0.2.1"), ("core-2", "192.0.2.2")}


def test_a_protocol_that_is_off_is_told_and_the_other_one_read(make_fleet: MakeFleet) -> None:
    done, lines = ask(make_fleet(ios("cdp", peers=("core-1",))))

    assert done.error is None, done.error
    assert [(one.protocol, one.name) for one in done.result.heard] == [("cdp", "core-1")]
    assert any(line.startswith("LLDP: ") and "not enabled" in line for line in lines)


def test_a_device_that_speaks_neither_fails_in_words(make_fleet: MakeFleet) -> None:
    done, _ = ask(make_fleet(ios()))

    assert isinstance(done.error, CommandRefused)
    assert "LLDP is not enabled" in str(done.error)
    assert "CDP is not enabled" in str(done.error)


FAULTS = ("cuts_off", "garbage", "hangs", "closes")


@pytest.fixture(scope="module")
def faulty() -> dict[tuple[str, str], HostDone]:
    """How asking ends, by platform and fault: all in one run, since most of them are waited for."""
    keys = list(product(PLATFORM_NAMES, FAULTS))
    specs = [
        DeviceSpec(f"r{n}", platform=platform, role="router", fault=FaultKind(fault))  # type: ignore[arg-type]
        for n, (platform, fault) in enumerate(keys)
    ]
    with FleetThread(wired(specs, [(spec.hostname, peer) for spec in specs for peer in PEERS])) as fleet:
        hosts = [host(fleet, spec.hostname, n) for n, spec in enumerate(specs)]
        done = ends(run(hosts, "topology_discovery", threads=len(hosts), timeout_s=12.0))
    return {key: done[n] for n, key in enumerate(keys)}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("platform", PLATFORM_NAMES)
def test_a_faulty_device_never_seems_to_have_fewer_neighbours(
    faulty: dict[tuple[str, str], HostDone], platform: str, fault: str
) -> None:
    done = faulty[platform, fault]

    if done.error is None:  # the fault leaves short answers, and those of another channel, alone
        assert {one.name for one in done.result.heard} == set(PEERS)
    else:
        assert isinstance(done.error, NetworkError)
        assert str(done.error)


class Answers:
    """A connection to a device whose answers are given: for what no simulated device says."""

    def __init__(self, platform: str, driver: Any = None, **texts: str) -> None:
        self.platform = PLATFORMS[platform]
        self.driver = driver
        self.texts = texts
        self.session = self
        self.doing = ""

    def show(self, command: str, timeout_s: float | None = None) -> str:
        return self.texts["cdp" if "cdp" in command else "lldp"]

    def running_config(self) -> str:
        return ""


class Driver:
    """One whose answer is given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def get_lldp_neighbors_detail(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def row(name: str = "core-1", **fields: str) -> dict[str, str]:
    return {"remote_system_name": name, "remote_port": "eth1", **fields}


def say(answer: Any) -> tuple[Heard, ...]:
    return discover(Answers("frr", Driver(answer)), {}, lambda text, level="info": None).heard


def test_overlong_words_are_cut_and_control_characters_taken_out() -> None:
    [heard] = say(
        {"eth\x1b[0m1\n": [row("core" + "x" * 10_000, remote_port="\x00e\x07th1", remote_chassis_id="y" * 999)]}
    )

    assert heard.interface == "eth [0m1"
    assert len(heard.name) == 253
    assert heard.name.endswith("…")
    assert heard.port == "e th1"
    assert len(heard.chassis) == 128


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1"), ("fe80::1, 192.0.2.1", "192.0.2.1"),
        ("::", ""), ("224.0.0.1", ""), ("router.example.net", ""), ("", ""), ("9" * 5000, ""),
    ],
)  # fmt: skip
def test_only_an_address_that_somebody_has_is_one(told: str, address: str) -> None:
    [heard] = say({"eth1": [row(remote_management_address=told)]})
    assert heard.address == address


def test_too_many_neighbours_are_refused_in_words() -> None:
    with pytest.raises(TooMuchOutput, match="names 100,000 neighbours; more than 2,000 are not believed"):
        say({"eth1": [row(f"n{number}") for number in range(100_000)]})
    assert len(say({"eth1": [row(f"n{number}") for number in range(MOST)]})) == MOST


@pytest.mark.parametrize(
    "answer", [None, [], {"eth1": None}, {"eth1": "core-1"}, ValueError("lines"), KeyError("port")]
)
def test_a_driver_that_makes_no_sense_is_an_error_in_words(answer: Any) -> None:
    with pytest.raises(DriverError, match="about LLDP was not understood"):
        say(answer)


def test_what_names_nobody_and_what_is_told_twice_is_left_out() -> None:
    assert [one.name for one in say({"eth1": [row(), row(), row(""), {}], "": [row("core-2")]})] == ["core-1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("what is this?\n" * 30, "was not understood: 'what is this?"),
        ("Total entries displayed: 3\n", "was not understood"),
        ("% LLDP is not enabled\n", "not enabled"),
    ],
)
def test_no_neighbours_are_believed_only_from_a_device_that_says_so(text: str, words: str) -> None:
    conn = Answers("ios", Driver({}), lldp=text, cdp="% CDP is not enabled\n")
    with pytest.raises((DriverError, CommandRefused), match=words):
        discover(conn, {}, lambda text, level="info": None)


def test_a_count_that_is_not_what_came_is_an_error() -> None:
    driver = Driver({"Gi0/1": [row()]})
    conn = Answers("ios", driver, lldp="Local Intf: Gi0/1\n\nTotal entries displayed: 2\n", cdp="")
    with pytest.raises(DriverError, match="tells of 2 neighbours and describes 1"):
        discover(conn, {}, lambda text, level="info": None)


def test_a_platform_of_which_nothing_is_known_says_so() -> None:
    with pytest.raises(NotConfigured, match="no command for LLDP or CDP on Linux"):
        discover(Answers("linux"), {}, lambda text, level="info": None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gi0/1", "GigabitEthernet0/1"), ("Et1", "Ethernet1"), ("Te1/1/1", "TenGigabitEthernet1/1/1"),
        ("Gi 0/1", "gigabitethernet0/1"), ("ge-0/0/0.0", "ge-0/0/0"), ("Eth1/1", "Ethernet1/1"), (" eth1 ", "eth1"),
    ],
)  # fmt: skip
def test_spellings_of_one_interface_are_one(one: str, other: str) -> None:
    assert interface_key(one) == interface_key(other)


@pytest.mark.parametrize(("one", "other"), [("Gi0/1", "Gi0/11"), ("Te0/1", "Gi0/1"), ("ge-0/0/0.0", "ge-0/0/0.1")])
def test_different_interfaces_are_different(one: str, other: str) -> None:
    assert interface_key(one) != interface_key(other)


def test_a_hardware_address_or_a_number_is_no_name() -> None:
    told = ("eth1", "0011.2233.4455", "00:11:22:33:44:55", "512", "", "ge-0/0/1")
    assert [text for text in told if is_interface_name(text)] == ["eth1", "ge-0/0/1"]
