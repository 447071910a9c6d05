"""NAPALM's own drivers read facts and interfaces of the EOS-like platform, ours of the FRR-like one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from napalm import get_network_driver
from netmiko import ConnectHandler

from simulator import DeviceSpec, Fleet, Link

from .conftest import RunFleet

SPECS = (
    DeviceSpec("leaf-1", platform="eos", links=(Link("Ethernet5", "edge-1", "xe-0/1/0"),)),
    DeviceSpec("edge-1", platform="junos", links=(Link("xe-0/1/0", "leaf-1", "Ethernet5"),)),
    DeviceSpec("rack-1", platform="frr", links=(Link("eth0", "rack-2", "eth0"),)),
)


@pytest.fixture
def fleet(run_fleet: RunFleet) -> Fleet:
    return run_fleet(*SPECS)


def open_driver(fleet: Fleet, hostname: str, driver: str, **options: Any) -> Any:
    device = fleet[hostname]
    opened = get_network_driver(driver)(
        device.address, "admin", "admin", timeout=30, optional_args={"port": device.port, **options}
    )
    opened.open()
    return opened


def test_napalm_reads_eos(fleet: Fleet) -> None:
    driver = open_driver(fleet, "leaf-1", "eos", transport="ssh")
    try:
        facts, interfaces, addresses = driver.get_facts(), driver.get_interfaces(), driver.get_interfaces_ip()
    finally:
        driver.close()
    assert (facts["vendor"], facts["model"], facts["hostname"]) == ("Arista", "DCS-7050SX3-48YC8", "leaf-1")
    assert facts["serial_number"].startswith("JPE")
    assert facts["uptime"] > 86400
    assert set(facts["interface_list"]) == set(interfaces)
    linked = interfaces["Ethernet5"]
    assert (linked["is_up"], linked["is_enabled"], linked["mtu"]) == (True, True, 9214)
    assert (linked["description"], linked["speed"]) == ("edge-1 xe-0/1/0", 25000.0)
    (loopback,) = addresses["Loopback0"]["ipv4"]
    assert f"ip address {loopback}/32" in fleet["leaf-1"].running_config


def test_interfaces_follow_the_configuration(fleet: Fleet) -> None:
    device = fleet["leaf-1"]
    new = "interface Ethernet5\n   shutdown\n   ipv6 address 2001:db8::5/64"
    device.set_running_config(device.running_config.replace("interface Ethernet5", new))
    driver = open_driver(fleet, "leaf-1", "eos", transport="ssh")
    try:
        interfaces, addresses = driver.get_interfaces(), driver.get_interfaces_ip()
    finally:
        driver.close()
    assert not interfaces["Ethernet5"]["is_enabled"]
    assert addresses["Ethernet5"]["ipv6"]["2001:db8::5"] == {"prefix_length": 64}


def test_frr_driver(fleet: Fleet) -> None:
    driver = open_driver(fleet, "rack-1", "frr")
    try:
        facts, interfaces, addresses = driver.get_facts(), driver.get_interfaces(), driver.get_interfaces_ip()
        counters = driver.get_interfaces_counters()
    finally:
        driver.close()
    assert (facts["os_version"], facts["hostname"]) == ("8.4.4", "rack-1")
    assert len(facts["serial_number"]) == 32
    assert facts["uptime"] > 86400
    assert set(interfaces) == set(counters) == {f"eth{number}" for number in range(8)} | {"lo"}
    assert interfaces["eth0"]["is_up"]
    assert interfaces["eth0"]["description"] == "to rack-2 eth0"
    assert list(addresses["lo"]["ipv4"].values()) == [{"prefix_length": 32}]


def test_a_program_that_the_router_has_not(fleet: Fleet) -> None:
    driver = open_driver(fleet, "rack-1", "frr")
    try:
        with pytest.raises(Exception, match="not found"):
            driver.device.shell("bananas --all")
    finally:
        driver.close()


def test_junos_answers_in_json(fleet: Fleet) -> None:
    device = fleet["edge-1"]
    login = {"host": device.address, "port": device.port, "username": "admin", "password": "admin"}
    with ConnectHandler(device_type="juniper_junos", **login) as session:
        found = json.loads(session.send_command("show interfaces terse | display json | no-more"))
        version = json.loads(session.send_command("show version | display json | no-more"))
        assert "Physical interface: xe-0/1/0" in session.send_command("show interfaces")
        assert "unknown command" in session.send_command("show configuration | display json")
    assert version["software-information"][0]["junos-version"] == [{"data": "21.4R3.15"}]
    rows = found["interface-information"][0]["physical-interface"]
    first = next(row for row in rows if row["name"] == [{"data": "xe-0/1/0"}])
    families = first["logical-interface"][0]["address-family"]
    assert [row["address-family-name"][0]["data"] for row in families] == ["inet", "inet6"]
