"""Facts of platforms without a NAPALM driver, from what their show commands print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from networkops.errors import AnswerNotUnderstood, CommandRefused
from networkops.platforms import PLATFORMS
from networkops.tasks.facts import read_facts

XR_VERSION = """
Cisco IOS XR Software, Version 6.5.3[Default]
Copyright (c) 2019 by Cisco Systems, Inc.

ROM: GRUB, Version 1.99(0), DEV RELEASE

edge-9 uptime is 3 weeks, 4 days, 21 hours, 51 minutes
System image file is "bootflash:disk0/xrvr-os-mbi-6.5.3/mbixrvr-rp.vm"

cisco IOS XRv Series (Pentium Celeron Stepping 3) processor with 3145215K bytes of memory.
"""
XR_INTERFACES = """
Loopback0 is up, line protocol is up
  Interface state transitions: 1
  Hardware is Loopback interface(s)
  Description: router id
  Internet address is 10.255.0.9/32
  MTU 1500 bytes, BW 0 Kbit
     reliability Unknown, txload Unknown, rxload Unknown
GigabitEthernet0/0/0/0 is administratively down, line protocol is administratively down
  Interface state transitions: 0
  Hardware is GigabitEthernet, address is 5254.0012.3456 (bia 5254.0012.3456)
  Internet address is Unknown
  MTU 1514 bytes, BW 1000000 Kbit (Max: 1000000 Kbit)
"""
ASA_VERSION = """
Cisco Adaptive Security Appliance Software Version 9.12(4)
Device Manager Version 7.14(1)

fw-1 up 12 days 3 hours

Hardware:   ASA5516, 8192 MB RAM, CPU Atom C2000 series 2416 MHz, 1 CPU (8 cores)
Serial Number: JAD20450ABC
"""
ASA_INTERFACES = """
Interface GigabitEthernet1/1 "outside", is up, line protocol is up
  Hardware is Accelerator rev01, BW 1000 Mbps, DLY 10 usec
\tAuto-Duplex(Full-duplex), Auto-Speed(1000 Mbps)
\tDescription: uplink
\tMAC address 00f2.8b12.3401, MTU 1500
\tIP address 192.0.2.2, subnet mask 255.255.255.0
Interface GigabitEthernet1/2 "", is administratively down, line protocol is down
  Hardware is Accelerator rev01, BW 1000 Mbps, DLY 10 usec
\tMAC address 00f2.8b12.3402, MTU not set
\tIP address unassigned
"""


@dataclass
class Paper:
    """A connection to a device that answers from a table."""

    platform: Any
    answers: dict[str, str]

    def show(self, command: str, timeout_s: float | None = None) -> str:
        if command not in self.answers:
            raise CommandRefused(f"the device refused '{command}'")
        return self.answers[command]

    def running_config(self) -> str:
        raise NotImplementedError


def read(platform: str, answers: dict[str, str]) -> Any:
    return read_facts(Paper(PLATFORMS[platform], answers), {}, lambda text, level="info": None)


def test_ios_xr() -> None:
    found = read("iosxr_cli", {"show version": XR_VERSION, "show interfaces": XR_INTERFACES})

    assert (found.vendor, found.os_version, found.serial) == ("Cisco", "6.5.3", "")
    assert found.model.startswith("IOS XRv")
    assert found.uptime_s == ((3 * 7 + 4) * 24 + 21) * 3600 + 51 * 60
    loopback, port = found.interfaces
    assert (loopback.name, loopback.up, loopback.addresses) == ("Loopback0", True, ("10.255.0.9/32",))
    assert (port.enabled, port.up, port.addresses) == (False, False, ())
    assert (port.mac, port.mtu, port.speed_kbps) == ("52:54:00:12:34:56", 1514, 1_000_000)
    assert any("no serial number in its answer" in problem for problem in found.problems)


def test_asa() -> None:
    found = read("cisco_asa", {"show version": ASA_VERSION, "show interface": ASA_INTERFACES})

    assert (found.hostname, found.serial, found.os_version) == ("fw-1", "JAD20450ABC", "9.12(4)")
    assert found.model.startswith("ASA5516")
    assert found.uptime_s == (12 * 24 + 3) * 3600
    outside, spare = found.interfaces
    assert (outside.up, outside.addresses, outside.speed_kbps) == (True, ("192.0.2.2/24",), 1_000_000)
    assert (outside.description, outside.mac, outside.mtu) == ("uplink", "00:F2:8B:12:34:01", 1500)
    assert (spare.enabled, spare.up, spare.mtu) == (False, False, None)


@pytest.mark.parametrize("platform", ["iosxr_cli", "cisco_asa"])
def test_what_does_not_look_as_it_should(platform: str) -> None:
    with pytest.raises(AnswerNotUnderstood):
        read(platform, {"show version": "bananas\n" * 9, "show interfaces": "", "show interface": ""})


def junos(value: Any) -> str:
    return json.dumps(value)


NESTED = {"software-information": [{"host-name": [{"data": "m0"}], "product-model": [{"data": "ex"}]}]}
ASK = "{} | display json | no-more"
COMMANDS = ("show version", "show interfaces", "show interfaces terse")


@pytest.mark.parametrize(
    "version",
    [{}, [], 7, {"software-information": 3}, {"software-information": [{"host-name": "x", "product-model": [7]}]}],
)
def test_json_of_another_form_is_no_fact(version: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        read("junos_cli", {ASK.format(one): "{\n" + junos(version)[1:] for one in COMMANDS})


def test_a_virtual_chassis_is_its_first_member() -> None:
    several = {
        "multi-routing-engine-results": [{"multi-routing-engine-item": [{"re-name": [{"data": "fpc0"}], **NESTED}]}]
    }
    row = {"name": [{"data": "ge-0/0/0"}], "mtu": [{"data": "Unlimited"}], "speed": [{"data": "1000mbps"}]}
    ports = {"interface-information": [{"physical-interface": [row]}]}
    wrapped = {command: "{\n" + junos(value)[1:] for command, value in {
        ASK.format("show version"): several, ASK.format("show interfaces"): ports,
        ASK.format("show interfaces terse"): ports,
    }.items()}  # fmt: skip

    found = read("junos_cli", wrapped)

    assert (found.hostname, found.model) == ("m0", "ex")
    assert [(one.name, one.mtu, one.speed_kbps) for one in found.interfaces] == [("ge-0/0/0", None, 1_000_000)]
    assert sum("refused" in problem for problem in found.problems) == 2
