"""What the kept answers of one router do not show."""

from __future__ import annotations

from typing import Any

import pytest
from napalm import get_network_driver
from napalm.base.exceptions import CommandErrorException

from networkops.drivers.frr import FRRDriver, parse


class Answering:
    """A device that gives one answer to everything."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def ask(self, command: str) -> str:
        return self.answer


def driver(answer: str) -> FRRDriver:
    made = FRRDriver("192.0.2.1", "netops", "secret")
    made.device = Answering(answer)
    return made


def test_napalm_finds_the_driver_by_its_name() -> None:
    assert get_network_driver("frr") is FRRDriver


def test_router_without_bgp_has_no_neighbours() -> None:
    assert driver("bgpd is not running").get_bgp_neighbors() == {"global": {"router_id": "", "peers": {}}}


def test_daemon_that_answers_in_words_is_quoted() -> None:
    with pytest.raises(CommandErrorException, match=r"show interface vrf all json: zebra is not running"):
        driver("zebra is not running\n").get_interfaces_ip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FRRouting 8.4.4 (r1) on Linux(6.1.0).\nCopyright", ("8.4.4", "r1")),
        ("FRRouting 7.5.1 (edge-1.example.net).\nCopyright", ("7.5.1", "edge-1.example.net")),
        ("FRRouting 10.1-dev (r1) on Linux(6.8.0-31-generic).", ("10.1-dev", "r1")),
        ("something else", ("", "")),
    ],
)
def test_version_and_name(text: str, expected: tuple[str, str]) -> None:
    assert parse.version_and_name(text) == expected


def test_speed_that_zebra_does_not_know_is_said_so() -> None:
    row = {"administrativeStatus": "up", "operationalStatus": "down", "mtu": 1500}
    for speed in ({}, {"speed": 2**32 - 1}):
        assert parse.interfaces({"eth0": row | speed}, None)["eth0"]["speed"] == -1.0


def lldp_entry(via: str, **chassis: Any) -> dict[str, Any]:
    port = {"id": [{"type": "mac", "value": "00:11:22:33:44:55"}], "descr": [{"value": "enp1s0"}]}
    identity = {"id": [{"type": "mac", "value": "00:11:22:33:44:50"}]}
    return {"name": "eth1", "via": via, "chassis": [identity | chassis], "port": [port]}


def test_host_without_a_name_goes_by_its_number_and_cdp_is_not_lldp() -> None:
    found = parse.lldp({"lldp": [{"interface": [lldp_entry("LLDP"), lldp_entry("CDPv2", name=[{"value": "sw1"}])]}]})
    [row] = found["eth1"]
    assert (row["remote_system_name"], row["remote_chassis_id"]) == ("", "00:11:22:33:44:50")
    assert (row["remote_port"], row["remote_port_description"]) == ("00:11:22:33:44:55", "enp1s0")
    assert row["remote_system_capab"] == []


def test_nobody_on_any_port() -> None:
    assert parse.lldp({"lldp": [{}]}) == {}


def test_ping_without_an_answer_and_without_a_way() -> None:
    lost = "PING 192.0.2.9 (192.0.2.9) 56(84) bytes of data.\n\n--- 192.0.2.9 ping statistics ---\n"
    lost += "2 packets transmitted, 0 received, 100% packet loss, time 1002ms\n"
    assert parse.ping(lost)["success"]["packet_loss"] == 2
    assert parse.ping("ping: nowhere: Name or service not known\n") == {
        "error": "ping: nowhere: Name or service not known"
    }
    assert parse.ping("") == {"error": "ping said nothing"}


def test_interfaces_that_were_filtered_out_and_questions_without_an_answer_are_no_rows() -> None:
    assert parse.counters([{}]) == {}
    assert parse.arp([{"dst": "192.0.2.9", "dev": "eth1", "state": ["INCOMPLETE"]}]) == []
