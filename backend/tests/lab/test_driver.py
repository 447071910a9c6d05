"""NAPALM's driver for FRRouting against real routers: what it reads is what stands there."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from napalm import get_network_driver
from napalm.base import models
from napalm.base.exceptions import CommandErrorException
from napalm.base.test.helpers import test_model as fits_model

from networkops.tests.conftest import settled
from tests.lab.running import RunningLab

Open = Callable[..., Any]


@pytest.fixture
def open_driver(lab: RunningLab) -> Iterator[Open]:
    """`open_driver("r1", "vtysh")`: an open driver, by the name that NAPALM finds it under."""
    opened: list[Any] = []

    def make(hostname: str, username: str = "netops") -> Any:
        driver = get_network_driver("frr")(lab.routers[hostname]["address"], username, lab.password, timeout=20)
        driver.open()
        opened.append(driver)
        return driver

    yield make
    for driver in opened:
        driver.close()


@pytest.mark.parametrize("username", ["netops", "vtysh"])
def test_both_kinds_of_account_open_and_close(open_driver: Open, username: str) -> None:
    driver = open_driver("r1", username)
    assert driver.is_alive() == {"is_alive": True}
    assert driver.cli(["show version"])["show version"].startswith("FRRouting")
    driver.close()
    assert driver.is_alive() == {"is_alive": False}


def test_facts(open_driver: Open, lab: RunningLab) -> None:
    facts = open_driver("r2").get_facts()
    assert fits_model(models.FactsDict, facts)
    assert (facts["vendor"], facts["hostname"], facts["fqdn"]) == ("FRRouting", "r2", "r2")
    assert facts["os_version"] in lab.do("exec", "r2", "/usr/lib/frr/zebra", "--version")
    assert facts["serial_number"] == lab.do("exec", "r2", "cat", "/etc/machine-id").strip()
    uptime = float(lab.do("exec", "r2", "cat", "/proc/uptime").split()[0])
    assert 0 <= uptime - facts["uptime"] < 30
    assert set(facts["interface_list"]) == {"lo", "mgmt0", "eth1", "eth2"}


def test_interfaces_and_their_addresses(open_driver: Open, lab: RunningLab) -> None:
    driver = open_driver("r1")
    with lab.without_link("r1", "eth2"):
        assert settled(lambda: not driver.get_interfaces()["eth2"]["is_enabled"], 10)
        cut = driver.get_interfaces()["eth2"]
    found = driver.get_interfaces()
    assert all(fits_model(models.InterfaceDict, row) for row in found.values())
    assert (cut["is_up"], cut["is_enabled"]) == (False, False)
    assert 0 <= cut["last_flapped"] < 30
    for port in lab.routers["r1"]["ports"]:
        row = found[port["name"]]
        assert row["description"] == f"to {port['peer']} {port['peer_port']}"
        mac = lab.do("exec", "r1", "cat", f"/sys/class/net/{port['name']}/address").strip()
        assert row["mac_address"].lower() == mac
        assert driver.get_interfaces_ip()[port["name"]]["ipv4"] == {port["address"]: {"prefix_length": 31}}
    assert found["lo"]["mtu"] == 65536
    lab.do("settle")


def test_counters_count(open_driver: Open) -> None:
    driver = open_driver("r1")
    before = driver.get_interfaces_counters()["mgmt0"]
    assert fits_model(models.InterfaceCounterDict, before)
    driver.get_config(retrieve="running")
    after = driver.get_interfaces_counters()["mgmt0"]
    assert after["tx_octets"] - before["tx_octets"] > 500
    assert after["rx_unicast_packets"] > before["rx_unicast_packets"]


def test_lldp_neighbours_are_those_that_were_cabled(open_driver: Open, lab: RunningLab) -> None:
    for hostname, row in lab.routers.items():
        driver = open_driver(hostname)
        cables = {port["name"]: [{"hostname": port["peer"], "port": port["peer_port"]}] for port in row["ports"]}
        assert driver.get_lldp_neighbors() == cables
    detail = driver.get_lldp_neighbors_detail("eth1")
    assert list(detail) == ["eth1"]
    assert fits_model(models.LLDPNeighborDetailDict, detail["eth1"][0])
    assert detail["eth1"][0]["remote_system_description"].startswith("FRRouting")
    assert detail["eth1"][0]["remote_system_enable_capab"] == ["router"]


def test_bgp_neighbours(open_driver: Open, lab: RunningLab) -> None:
    row, driver = lab.routers["r1"], open_driver("r1")
    peers = driver.get_bgp_neighbors()["global"]["peers"]
    assert driver.get_bgp_neighbors()["global"]["router_id"] == row["loopback"]
    assert set(peers) == {port["peer_address"] for port in row["ports"]}
    for port in row["ports"]:
        peer = peers[port["peer_address"]]
        assert fits_model(models.PeerDict, peer)
        assert (peer["is_up"], peer["is_enabled"], peer["description"]) == (True, True, port["peer"])
        assert (peer["local_as"], peer["remote_as"]) == (row["asn"], port["peer_asn"])
        assert peer["remote_id"] == lab.routers[port["peer"]]["loopback"]
        assert peer["uptime"] >= 0
        assert peer["address_family"]["ipv4"]["accepted_prefixes"] >= 1


def test_router_without_power_is_gone_for_its_neighbours_and_comes_back_itself(
    open_driver: Open, lab: RunningLab
) -> None:
    driver = open_driver("r1")
    [address] = [port["peer_address"] for port in lab.routers["r1"]["ports"] if port["peer"] == "r4"]
    with lab.without_power("r4"):
        assert "off" in next(line for line in lab.do("status").splitlines() if line.startswith("r4 "))
        assert settled(lambda: not driver.get_bgp_neighbors()["global"]["peers"][address]["is_up"], 20)
        peer = driver.get_bgp_neighbors()["global"]["peers"][address]
        assert (peer["uptime"], peer["is_enabled"]) == (-1, True)
        assert settled(lambda: set(driver.get_lldp_neighbors()) == {"eth1"}, 20)
    lab.do("settle")
    assert driver.get_lldp_neighbors()["eth2"] == [{"hostname": "r4", "port": "eth2"}]
    assert open_driver("r4").get_facts()["uptime"] < 60


def test_arp_table(open_driver: Open, lab: RunningLab) -> None:
    lab.do("exec", "r1", "ping", "-c", "1", lab.routers["r1"]["ports"][0]["peer_address"])
    rows = {row["ip"]: row for row in open_driver("r1").get_arp_table()}
    row = rows[lab.routers["r1"]["ports"][0]["peer_address"]]
    assert fits_model(models.ARPTableDict, row)
    assert row["interface"] == "eth1"
    assert row["mac"].lower() == lab.do("exec", "r2", "cat", "/sys/class/net/eth1/address").strip()


def test_arp_table_of_an_instance_that_is_none_is_refused(open_driver: Open) -> None:
    with pytest.raises(CommandErrorException, match=r"'ip' failed on the device"):
        open_driver("r1").get_arp_table(vrf="x; touch /tmp/x")


def test_configurations(open_driver: Open, lab: RunningLab) -> None:
    lab.do("exec", "r3", "vtysh", "-c", "configure", "-c", "router bgp", "-c", "neighbor 192.0.2.7 remote-as 65000",
           "-c", "neighbor 192.0.2.7 password s3cretword")  # fmt: skip
    driver = open_driver("r3")
    found = driver.get_config()
    assert fits_model(models.ConfigDict, found)
    assert found["running"].rstrip().endswith("\nend")
    assert "neighbor 192.0.2.7 password s3cretword" in found["running"]
    assert "Building configuration" not in found["running"]
    assert found["startup"] == lab.do("exec", "r3", "cat", "/etc/frr/frr.conf")
    assert found["candidate"] == ""
    masked = driver.get_config(sanitized=True)
    assert "s3cretword" not in masked["running"]
    assert masked["running"].count("\n") == found["running"].count("\n")
    lab.do("exec", "r3", "vtysh", "-c", "configure", "-c", "router bgp", "-c", "no neighbor 192.0.2.7")
    assert driver.get_config(retrieve="startup") == {"running": "", "candidate": "", "startup": found["startup"]}


def test_commands(open_driver: Open, lab: RunningLab) -> None:
    driver = open_driver("r1")
    answers = driver.cli(["show ip route", "show bgp summary"])
    assert lab.routers["r3"]["loopback"] in answers["show ip route"]
    assert set(answers) == {"show ip route", "show bgp summary"}
    assert driver.cli(["show ip route json"], encoding="json")["show ip route json"]
    with pytest.raises(CommandErrorException, match=r"show nonsense: % Unknown command: show nonsense"):
        driver.cli(["show nonsense"])


def test_ping(open_driver: Open, lab: RunningLab) -> None:
    driver, far = open_driver("r1"), lab.routers["r3"]["loopback"]
    answer = driver.ping(far, source=lab.routers["r1"]["loopback"], count=3)["success"]
    assert fits_model(models.PingDict, answer)
    assert (answer["probes_sent"], answer["packet_loss"]) == (3, 0)
    assert [row["ip_address"] for row in answer["results"]] == [far] * 3
    assert 0 < answer["rtt_min"] <= answer["rtt_avg"] <= answer["rtt_max"]
    nobody = ipaddress.ip_network(f"{lab.routers['r1']['address']}/24", strict=False)[200]
    silent = driver.ping(str(nobody), count=2, timeout=1)["success"]
    assert (silent["probes_sent"], silent["packet_loss"], silent["results"]) == (2, 2, [])
    assert "unreachable" in driver.ping("203.0.113.9")["error"]


def test_account_without_a_shell_reads_what_vtysh_knows_and_is_told_of_the_rest(open_driver: Open) -> None:
    driver = open_driver("r1", "vtysh")
    facts = driver.get_facts()
    assert (facts["hostname"], facts["uptime"], facts["serial_number"]) == ("r1", -1.0, "")
    assert driver.get_interfaces()["eth1"]["is_up"]
    assert len(driver.get_bgp_neighbors()["global"]["peers"]) == 2
    for read in (driver.get_lldp_neighbors, driver.get_interfaces_counters, driver.get_arp_table, driver.get_config):
        with pytest.raises(CommandErrorException, match=r"needs an account with a shell"):
            read()
