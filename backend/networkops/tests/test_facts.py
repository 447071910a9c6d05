"""Facts and interfaces of simulated devices of each platform, of faulty ones, and of such as tell nonsense."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from networkops import errors
from networkops.facts.sift import MOST_INTERFACES, sift
from networkops.facts.types import FactsRead, Told
from networkops.tests.conftest import MakeFleet, ends, host, run
from networkops.types import HostDone, Line
from simulator import DeviceSpec, Fleet, FleetThread, Link
from simulator.platforms.eos import interfaces as eos
from simulator.platforms.frr import interfaces as frr
from simulator.platforms.ios import interfaces as ios
from simulator.platforms.junos import interfaces as junos

PLATFORMS = {"ios": ios, "eos": eos, "junos": junos, "frr": frr}
SANE = {"vendor": "Cisco", "model": "C9300", "serial_number": "FOC1", "os_version": "17.9", "hostname": "r1"}


def read(fleet: Fleet, name: str, **settings: Any) -> HostDone:
    return ends(run([host(fleet, name)], "refresh_facts", **settings))[1]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_read_is_what_the_device_has(make_fleet: MakeFleet, platform: str) -> None:
    fleet = make_fleet(DeviceSpec("d-1", platform=platform))

    end = read(fleet, "d-1")

    assert end.error is None
    found: FactsRead = end.result
    assert found.hostname == "d-1"
    assert found.vendor and found.model and found.serial and found.os_version
    assert found.uptime_s is not None and abs(found.uptime_s - fleet["d-1"].uptime()) < 120
    assert found.problems == ()
    assert found.interfaces is not None
    there = {port.name: port for port in PLATFORMS[platform].interfaces(fleet["d-1"].state)}  # type: ignore[attr-defined]
    seen = {one.name: one for one in found.interfaces}
    assert set(there) <= set(seen)
    for name, port in there.items():
        assert (seen[name].enabled, seen[name].description) == (port.enabled, port.description), name
        assert seen[name].up == port.up, name
        # Junos has its addresses on the unit
        told = set(seen[name].addresses) | set(seen[f"{name}.0"].addresses if f"{name}.0" in seen else ())
        own = {str(address) for address in [*port.addresses, *getattr(port, "addresses6", ())]}
        assert {one for one in told if not one.startswith("fe80")} == own, name


def test_a_link_that_is_shut_down_is_told(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r-1", platform="frr", links=(Link("eth0", "r-2", "eth0"),)))
    device = fleet["r-1"]
    device.set_running_config(device.running_config.replace("interface eth0\n", "interface eth0\n shutdown\n"))

    found = {one.name: one for one in read(fleet, "r-1").result.interfaces}

    assert (found["eth0"].enabled, found["eth0"].up) == (False, False)
    assert (found["lo"].enabled, found["lo"].up) == (True, True)


FAULTS = ("invalid_input", "cuts_off", "closes", "hangs", "garbage")


@pytest.fixture(scope="module")
def faulty() -> dict[tuple[str, str], HostDone]:
    """How reading ends, by platform and fault: all in one run, since most of them are waited for."""
    keys = list(product(PLATFORMS, FAULTS))
    with FleetThread([DeviceSpec(f"d-{n}", platform=platform) for n, (platform, _) in enumerate(keys)]) as fleet:
        for n, (_, fault) in enumerate(keys):
            fleet[f"d-{n}"].set_fault(fault)
        hosts = [host(fleet, f"d-{n}", n) for n in range(len(keys))]
        done = ends(run(hosts, "refresh_facts", threads=len(hosts), timeout_s=12.0))
    return {key: done[n] for n, key in enumerate(keys)}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_device_is_no_success_with_nonsense(
    faulty: dict[tuple[str, str], HostDone], platform: str, fault: str
) -> None:
    end = faulty[platform, fault]

    if end.error is None:  # what is missing is told; the handler then takes nothing that stood before for gone
        assert end.result.problems
        assert not end.result.serial
    else:
        assert isinstance(end.error, errors.NetworkError)
        assert "unexpected" not in str(end.error)


def test_a_platform_that_nobody_can_ask_says_so(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("d-1", platform="ios"))

    end = ends(run([host(fleet, "d-1", platform="aruba_aoscx")], "refresh_facts"))[1]

    assert type(end.error) is errors.NotConfigured
    assert "cannot be read yet" in str(end.error)


def test_the_log_says_what_it_is(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("d-1", platform="eos"))

    lines = [event.text for event in run([host(fleet, "d-1")], "refresh_facts") if isinstance(event, Line)]

    assert any(line.startswith("Arista DCS-7050SX3-48YC8, serial number JPE") for line in lines)
    assert any(line.startswith("interfaces: ") for line in lines)


def told(facts: dict[str, Any] | None = None, **more: Any) -> Told:
    return Told(SANE | (facts or {}), **({"interfaces": {"e1": {}}, "addresses": {}} | more))


@pytest.mark.parametrize("serial", ["<script>alert(1)</script>", "\x1b]0;owned\x07", "ä" * 20, "-" * 30, "' OR 1=1"])
def test_a_serial_number_that_is_none_is_left_out(serial: str) -> None:
    found = sift(told({"serial_number": serial}))

    assert found.serial == ""
    assert found.problems[1].startswith("left out: serial number")
    assert all(problem.isprintable() for problem in found.problems)


def test_words_are_one_printable_line_and_bounded() -> None:
    found = sift(told({"model": "A\x00B\nC\x1b[2J", "os_version": "9" * 10_000, "hostname": 12, "vendor": None}))

    assert found.model == "A B C [2J"
    assert len(found.os_version) == 200
    assert (found.hostname, found.vendor) == ("", "")


@pytest.mark.parametrize("uptime", [-1.0, float("nan"), float("inf"), 1e30, "12", True, None])
def test_an_uptime_that_is_none(uptime: Any) -> None:
    assert sift(told({"uptime": uptime})).uptime_s is None


def test_more_interfaces_than_a_device_has_are_refused() -> None:
    with pytest.raises(errors.AnswerNotUnderstood, match="100,000 interfaces"):
        sift(told(interfaces={f"e{number}": {} for number in range(100_000)}))
    most = sift(told(interfaces={f"e{number}": {} for number in range(MOST_INTERFACES)}))
    assert most.interfaces is not None and len(most.interfaces) == MOST_INTERFACES


def test_nothing_that_is_a_fact_is_an_error() -> None:
    with pytest.raises(errors.AnswerNotUnderstood):
        sift(Told({"model": "Unknown", "serial_number": "Unknown", "os_version": "Unknown"}, {}, {}))


def test_no_interface_at_all_leaves_those_that_stand() -> None:
    assert sift(told(interfaces={})).interfaces is None
    assert sift(told(interfaces=None)).interfaces is None


def test_interfaces_are_cut_and_cleaned() -> None:
    rows: dict[Any, Any] = {
        "e1": {"description": "x" * 900, "mtu": 10**30, "speed": float("nan"), "mac_address": "zz", "is_up": "yes"},
        "e2": {
            "description": "\x1b[31mred", "mtu": 1500, "speed": 2.5, "mac_address": "0e-1c-6e-bf-f3-fc", "is_up": True,
        },
        "bad\nname": {}, "": {}, "n" * 101: {}, 7: {}, "e3": None,
    }  # fmt: skip
    addresses = {
        "e1": {"ipv4": {"10.0.0.1": {"prefix_length": 24}, "300.1.1.1": {"prefix_length": 24}}},
        "e2": {"ipv4": {"10.0.0.2": {"prefix_length": 99}}, "ipv6": {"fe80::1%e2": {"prefix_length": 64}}, "ipv9": 3},
        "e4": {"ipv6": {"2001:DB8::1": {"prefix_length": 64}}},
    }

    found = sift(told({"interface_list": ["e1", "e9"]}, interfaces=rows, addresses=addresses))

    seen = {one.name: one for one in found.interfaces or ()}
    assert set(seen) == {"e1", "e2", "e4"}
    assert len(seen["e1"].description) == 250
    assert (seen["e1"].mtu, seen["e1"].speed_kbps, seen["e1"].mac, seen["e1"].up) == (None, None, "", None)
    assert (seen["e2"].description, seen["e2"].mtu, seen["e2"].speed_kbps) == ("[31mred", 1500, 2500)
    assert (seen["e2"].mac, seen["e2"].up) == ("0E:1C:6E:BF:F3:FC", True)
    assert seen["e1"].addresses == ("10.0.0.1/24",)
    assert seen["e4"].addresses == ("2001:db8::1/64",)
    words = " ".join(found.problems)
    assert "1 interface listed, but not described" in words
    assert "3 addresses (" in words and "5 interface names (" in words
    assert words.isprintable()
