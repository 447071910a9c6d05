"""Netmiko's own drivers read the EOS-, Junos- and FRR-like platforms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from netmiko import ConnectHandler

from simulator import DeviceSpec, Fleet, Link

from .conftest import RunFleet


@pytest.fixture
def fleet(run_fleet: RunFleet) -> Fleet:
    return run_fleet(
        DeviceSpec("leaf-1", platform="eos", links=(Link("Ethernet5", "edge-1", "xe-0/1/0"),)),
        DeviceSpec("leaf-2", platform="eos", enable_secret="enable me"),
        DeviceSpec("edge-1", platform="junos", links=(Link("xe-0/1/0", "leaf-1", "Ethernet5"),)),
        DeviceSpec("rack-1", platform="frr"),
    )


def connect(fleet: Fleet, hostname: str, device_type: str) -> Any:
    device = fleet[hostname]
    return ConnectHandler(
        device_type=device_type,
        host=device.address,
        port=device.port,
        username="admin",
        password="admin",
        secret="enable me",
    )


def test_eos(fleet: Fleet) -> None:
    with connect(fleet, "leaf-1", "arista_eos") as device:
        config = device.send_command("show running-config")
        assert config.startswith("! Command: show running-config\n! device: leaf-1 (")
        assert config.endswith(fleet["leaf-1"].running_config.rstrip())
        assert "Software image version: 4.28.3M" in device.send_command("show version")
        assert json.loads(device.send_command("show version | json"))["version"] == "4.28.3M"
        assert "edge-1" in device.send_command("show lldp neighbors")
        assert device.send_command("show bananas") == "% Invalid input"
        assert device.send_command("show lldp") == "% Incomplete command"
        assert device.send_command("show running-config | include ^hostname") == "hostname leaf-1"
        assert device.send_command("show running-config | json") == "% Invalid input"
        interfaces = json.loads(device.send_command("show ip interface brief | json"))["interfaces"]
        assert interfaces["Loopback0"]["interfaceAddress"]["ipAddr"]["maskLen"] == 32


def test_eos_enable(fleet: Fleet) -> None:
    with connect(fleet, "leaf-2", "arista_eos") as device:
        assert device.find_prompt() == "leaf-2>"
        assert device.send_command("show running-config") == "% Invalid input"
        device.enable()
        assert device.find_prompt() == "leaf-2#"
        assert device.send_command("show running-config").endswith("end")


def test_junos(fleet: Fleet) -> None:
    with connect(fleet, "edge-1", "juniper_junos") as device:
        assert device.find_prompt() == "admin@edge-1>"
        config = device.send_command("show configuration")
        header, _, body = config.partition("\n")
        assert header.startswith("## Last commit: ")
        assert body.rstrip() == fleet["edge-1"].running_config.rstrip()
        lines = device.send_command("show configuration | display set | no-more").splitlines()
        assert "set system host-name edge-1" in lines
        assert 'set interfaces xe-0/1/0 description "to leaf-1 Ethernet5"' in lines
        assert all(line.startswith("set ") and "SECRET-DATA" not in line for line in lines)
        assert "Junos: 21.4R3.15" in device.send_command("show version")
        assert device.send_command("show configuration | match host-name").strip() == "host-name edge-1;"
        assert "unknown command" in device.send_command("show bananas")
        assert "leaf-1" in device.send_command("show lldp neighbors")
        assert device.send_command("show configuration snmp").startswith("location ")


def test_frr(fleet: Fleet) -> None:
    with connect(fleet, "rack-1", "cisco_ios") as device:
        config = device.send_command("show running-config")
        assert config.startswith("Building configuration...")
        assert config.endswith(fleet["rack-1"].running_config.rstrip())
        assert device.send_command("show running-config no-header") == fleet["rack-1"].running_config.rstrip()
        assert "FRRouting 8.4.4 (rack-1)" in device.send_command("show version")
        assert "lo              up      default         10.255." in device.send_command("show interface brief")
        assert "lo" in json.loads(device.send_command("show interface brief json"))
        assert device.send_command("show bananas") == "% Unknown command: show bananas"


@pytest.mark.parametrize("platform", ["ios", "eos", "junos", "frr"])
def test_configurations_are_of_a_real_size_and_differ(run_fleet: RunFleet, platform: str) -> None:
    fleet = run_fleet(*(DeviceSpec(f"d-{number}", platform=platform) for number in range(8)))
    lengths = [device.running_config.count("\n") for device in fleet]
    assert all(150 <= length <= 450 for length in lengths), lengths
    assert len({device.running_config for device in fleet}) == 8
    same = run_fleet(DeviceSpec("d-3", platform=platform))
    assert same["d-3"].running_config == fleet["d-3"].running_config
    long = run_fleet(DeviceSpec("d-3", platform=platform, config_lines=2000))
    assert 1900 <= long["d-3"].running_config.count("\n") <= 2100


def test_set_running_config(fleet: Fleet) -> None:
    device = fleet["rack-1"]
    device.set_running_config(device.running_config.replace("hostname rack-1", "hostname rack-9"))
    with connect(fleet, "rack-1", "cisco_ios") as session:
        assert session.find_prompt() == "rack-9#"
