"""Which device a neighbour is: a table of cases."""

from __future__ import annotations

import pytest

from topology.enums import MatchedBy
from topology.matching import Directory, Known, Match, chassis_key

DEVICES = (
    Known(1, "r1", "10.0.0.1"),
    Known(2, "r2.example.net", "10.0.0.2"),
    Known(3, "sw1.berlin.example.net", "10.0.0.3"),
    Known(4, "sw1.munich.example.net", "10.0.0.4"),
    Known(5, "shared-a", "127.0.0.1"),
    Known(6, "shared-b", "127.0.0.1"),
    Known(7, "v6", "2001:db8::7"),
)
CHASSIS = {"0011.2233.4455": {1}, "aa:aa:aa:aa:aa:aa": {3, 4}}
NAME, ADDRESS, BY_CHASSIS = MatchedBy.NAME, MatchedBy.ADDRESS, MatchedBy.CHASSIS

# name, management address, chassis -> device and how it was recognised
FOUND = {
    "its name": ("r1", "", "", 1, NAME),
    "in capitals": ("R1", "", "", 1, NAME),
    "with a domain that we do not write": ("r1.example.net", "", "", 1, NAME),
    "without the domain that we write": ("r2", "", "", 2, NAME),
    "with another domain than we write": ("r2.other.net", "", "", 2, NAME),
    "with the root's dot": ("r2.example.net.", "", "", 2, NAME),
    "with a serial number behind it": ("r1(FOX1234ABCD)", "", "", 1, NAME),
    "a whole name before a short one": ("sw1.berlin.example.net", "", "", 3, NAME),
    "a short name of two, told apart by the address": ("sw1", "10.0.0.4", "", 4, NAME),
    "a short name of two, told apart by nothing but the whole one": ("sw1.munich.example.net", "", "aa" * 6, 4, NAME),
    "its address": ("", "10.0.0.2", "", 2, ADDRESS),
    "an unknown name at a known address": ("renamed", "10.0.0.2", "", 2, ADDRESS),
    "IPv6 in another spelling": ("", "2001:0db8:0:0::7", "", 7, ADDRESS),
    "one of two at an address, by name": ("shared-b", "127.0.0.1", "", 6, NAME),
    "its chassis": ("", "", "00:11:22:33:44:55", 1, BY_CHASSIS),
    "a chassis of another device does not contradict a name": ("r2", "", "0011.2233.4455", 2, NAME),
    "a name against an address that nobody has": ("r1", "192.0.2.9", "", 1, NAME),
}
UNKNOWN = {
    "nothing at all": ("", "", ""),
    "a name that nobody has": ("printer", "", ""),
    "an address as a name": ("10.0.0.1", "", ""),
    "an address whose first number is a name": ("10.9.9.9", "", ""),
    "a chassis that nobody has": ("", "", "0000.0000.0001"),
    "no address": ("", "::", ""),
    "an address that is none": ("", "10.0.0", ""),
}
REFUSED = {
    "two of that short name": (
        "sw1",
        "",
        "",
        "its name fits 2 devices: sw1.berlin.example.net, sw1.munich.example.net",
    ),
    "two at that address": ("", "127.0.0.1", "", "its management address fits 2 devices: shared-a, shared-b"),
    "two with that chassis": ("", "", "aaaa.aaaa.aaaa", "its chassis fits 2 devices: sw1.berlin"),
    "name of one, address of another": (
        "r1",
        "10.0.0.2",
        "",
        "its name is that of r1, its management address that of r2",
    ),
}


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory.of(DEVICES, CHASSIS)


@pytest.mark.parametrize("case", FOUND)
def test_a_device_is_recognised(directory: Directory, case: str) -> None:
    name, address, chassis, device, by = FOUND[case]
    assert directory.find(name, address, chassis) == Match(device, by)


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_nobodys_is_unknown(directory: Directory, case: str) -> None:
    assert directory.find(*UNKNOWN[case]) == Match()


@pytest.mark.parametrize("case", REFUSED)
def test_what_fits_several_is_nobodys_and_says_why(directory: Directory, case: str) -> None:
    name, address, chassis, words = REFUSED[case]
    match = directory.find(name, address, chassis)
    assert match.device is None
    assert words in match.problem


def test_many_devices_are_not_all_named() -> None:
    directory = Directory.of(Known(number, f"sw.site{number}", f"10.0.0.{number}") for number in range(1, 21))
    assert directory.find("sw", "", "").problem.endswith("sw.site12, sw.site13 and 15 more")


def test_hardware_addresses_are_the_same_in_every_spelling() -> None:
    spellings = ("0011.22AA.4455", "00:11:22:aa:44:55", "00-11-22-AA-44-55", "001122aa4455")
    assert {chassis_key(text) for text in spellings} == {"001122aa4455"}
    assert chassis_key("Chassis.1") == "chassis.1"
