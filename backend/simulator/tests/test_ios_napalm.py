"""NAPALM's own, unmodified `ios` driver against the IOS-like platform, end to end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from napalm import get_network_driver
from napalm.base.exceptions import (
    CommandErrorException,
    CommitConfirmException,
    MergeConfigException,
    ReplaceConfigException,
)

from simulator import DeviceSpec, Fleet, Link

from .conftest import RunFleet

SECONDS_PER_MINUTE = 1.0
"""How long a device minute takes in these tests."""


@pytest.fixture
def fleet(run_fleet: RunFleet) -> Fleet:
    links = (Link("GigabitEthernet0/1", "sw-2", "GigabitEthernet1/0/28"),)
    return run_fleet(
        DeviceSpec("rtr-1", role="router", seed=3, links=links),
        DeviceSpec("rtr-2", role="router", enable_secret="enable me"),
        time_scale=60 / SECONDS_PER_MINUTE,
    )


Connect = Callable[..., Any]


@pytest.fixture
def connect(fleet: Fleet) -> Iterator[Connect]:
    """Open NAPALM on a device by name."""
    opened = []

    def open_driver(hostname: str, **options: Any) -> Any:
        device = fleet[hostname]
        driver = get_network_driver("ios")(
            device.address, "admin", "admin", optional_args={"port": device.port, "secret": "enable me", **options}
        )
        driver.open()
        opened.append(driver)
        return driver

    yield open_driver
    for driver in opened:
        # Closing undoes `file prompt quiet`, which a connection that the test has cut cannot.
        with contextlib.suppress(OSError):
            driver.close()


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def test_getters(fleet: Fleet, connect: Connect) -> None:
    driver = connect("rtr-1")
    assert driver.is_alive() == {"is_alive": True}
    facts = driver.get_facts()
    assert facts["hostname"] == "rtr-1"
    assert facts["vendor"] == "Cisco"
    assert facts["fqdn"].startswith("rtr-1.")
    assert facts["uptime"] > 86400
    assert facts["serial_number"].startswith("FOC")
    assert "Loopback0" in facts["interface_list"]
    interfaces = driver.get_interfaces()
    assert interfaces["Loopback0"]["is_up"]
    assert interfaces["GigabitEthernet0/1"]["description"] == "to sw-2 GigabitEthernet1/0/28"
    assert interfaces["GigabitEthernet0/1"]["speed"] == 1000.0
    addresses = driver.get_interfaces_ip()
    assert list(addresses["Loopback0"]["ipv4"].values()) == [{"prefix_length": 32}]
    assert len(addresses["GigabitEthernet0/0"]["ipv6"]) == 2
    assert driver.get_lldp_neighbors() == {"GigabitEthernet0/1": [{"hostname": "sw-2", "port": "Gi1/0/28"}]}
    assert any(entry["interface"] == "GigabitEthernet0/1" and entry["age"] == -1.0 for entry in driver.get_arp_table())
    assert driver.cli(["show privilege"]) == {"show privilege": "Current privilege level is 15"}


def test_get_config_is_the_device_s(fleet: Fleet, connect: Connect) -> None:
    config = connect("rtr-1").get_config()
    assert config["running"].endswith(fleet["rtr-1"].running_config.rstrip())
    assert config["startup"].endswith(fleet["rtr-1"].startup_config.rstrip())


def test_enable_secret(fleet: Fleet, connect: Connect) -> None:
    assert connect("rtr-2").get_facts()["hostname"] == "rtr-2"


def test_merge_diff_commit_rollback(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    before = device.running_config
    driver.load_merge_candidate(config="interface Loopback77\n description merged\n!\nntp server 10.9.9.9\nend\n")
    assert driver.compare_config().splitlines() == [
        "+interface Loopback77",
        "+ description merged",
        "+ntp server 10.9.9.9",
    ]
    assert device.running_config == before
    driver.commit_config()
    assert "interface Loopback77\n description merged\n" in device.running_config
    assert device.startup_config == device.running_config
    assert driver.compare_config() == ""
    driver.rollback()
    assert "Loopback77" not in device.running_config
    assert _without_prompt_quiet(device.running_config) == before
    assert device.startup_config == device.running_config


def test_merge_of_no_forms(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    driver.load_merge_candidate(
        config="interface GigabitEthernet0/1\n no description\n shutdown\n"
        "no router bgp 1\nno snmp-server location\nend\n"
    )
    assert driver.compare_config().splitlines() == [
        "+interface GigabitEthernet0/1", "- no description", "+ shutdown", "-no snmp-server location",
    ]  # fmt: skip
    driver.commit_config()
    interfaces = driver.get_interfaces()
    assert interfaces["GigabitEthernet0/1"]["description"] == ""
    assert not interfaces["GigabitEthernet0/1"]["is_enabled"]
    assert "snmp-server location" not in device.running_config


def test_refused_merge_is_taken_back(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    before = device.running_config
    driver.load_merge_candidate(config="ntp server 10.9.9.9\nmake me a sandwich\nend\n")
    with pytest.raises(MergeConfigException, match="Invalid input detected"):
        driver.commit_config()
    assert _without_prompt_quiet(device.running_config) == before


def test_replace_diff_commit_rollback(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    before = device.running_config
    location = next(line for line in before.splitlines() if line.startswith("snmp-server location"))
    candidate = before.replace("hostname rtr-1", "hostname renamed-router").replace(f"{location}\n", "")
    driver.load_replace_candidate(config=candidate)
    assert driver.compare_config().splitlines() == ["+hostname renamed-router", "-hostname rtr-1", f"-{location}"]
    driver.commit_config()
    assert device.running_config == candidate
    assert device.startup_config == candidate
    assert driver.get_facts()["hostname"] == "renamed-router"
    driver.rollback()
    assert _without_prompt_quiet(device.running_config) == before


def test_replace_that_removes_users(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    lines = device.running_config.splitlines(keepends=True)
    removed = [line for line in lines if line.startswith("username") and not line.startswith("username admin ")][:1]
    assert removed
    candidate = "".join(line for line in lines if line not in removed)
    driver.load_replace_candidate(config=candidate)
    driver.commit_config()
    assert device.running_config == candidate


def test_refused_replace_changes_nothing(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    before = device.running_config
    driver.load_replace_candidate(config=before.replace("hostname rtr-1", "hostname renamed\nmake me a sandwich"))
    with pytest.raises(ReplaceConfigException, match="make me a sandwich"):
        driver.commit_config()
    assert _without_prompt_quiet(device.running_config) == before
    driver.load_replace_candidate(config=before.removesuffix("end\n"))
    with pytest.raises(ReplaceConfigException, match="not a valid config file"):
        driver.commit_config()


def test_discard(fleet: Fleet, connect: Connect) -> None:
    driver = connect("rtr-1")
    driver.load_merge_candidate(config="ntp server 10.9.9.9\nend\n")
    driver.discard_config()
    assert driver.compare_config() == ""
    driver.load_replace_candidate(config=fleet["rtr-1"].running_config.replace("rtr-1", "other"))
    driver.discard_config()
    assert driver.compare_config() == ""


def test_commit_with_timer_reverts_by_itself(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    before, startup = device.running_config, device.startup_config
    candidate = before.replace("snmp-server contact noc@example.net", "snmp-server contact nobody")
    driver.load_replace_candidate(config=candidate)
    driver.commit_config(revert_in=60)
    assert device.running_config == candidate
    wait_until(lambda: device.running_config != candidate)
    assert _without_prompt_quiet(device.running_config) == before
    assert device.startup_config == startup


def test_merge_with_timer_confirmed_stays(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    assert not driver.has_pending_commit()
    driver.load_merge_candidate(config="ntp server 10.9.9.9\nend\n")
    driver.commit_config(revert_in=120 * 60)
    assert driver.has_pending_commit()
    with pytest.raises(CommandErrorException, match="already in progress"):
        driver.commit_config()
    driver.confirm_commit()
    assert not driver.has_pending_commit()
    assert "ntp server 10.9.9.9\n" in device.startup_config


def test_rollback_of_a_pending_commit(fleet: Fleet, connect: Connect) -> None:
    device, driver = fleet["rtr-1"], connect("rtr-1")
    driver.load_merge_candidate(config="ntp server 10.9.9.9\nend\n")
    driver.commit_config(revert_in=120 * 60)
    assert "ntp server 10.9.9.9\n" in device.running_config
    driver.rollback()
    assert not driver.has_pending_commit()
    assert "ntp server 10.9.9.9\n" not in device.running_config


def test_timer_needs_the_archive(fleet: Fleet, connect: Connect) -> None:
    driver = connect("rtr-1")
    driver.load_merge_candidate(config="no archive\nend\n")
    driver.commit_config()
    driver.load_merge_candidate(config="ntp server 10.9.9.9\nend\n")
    with pytest.raises(CommitConfirmException, match="archive"):
        driver.commit_config(revert_in=60)


def test_timer_heals_a_lock_out(fleet: Fleet, connect: Connect) -> None:
    """Shutting the management interface cuts every session; the revert timer brings the device back."""
    device, driver = fleet["rtr-1"], connect("rtr-1", read_timeout_override=1)
    driver.load_merge_candidate(config="interface Loopback0\n shutdown\nend\n")
    with pytest.raises(Exception):  # noqa: B017 - whatever the driver makes of a connection that dies under it
        driver.commit_config(revert_in=60)
    wait_until(lambda: device.sessions == 0)
    wait_until(lambda: " shutdown" not in device.running_config.partition("interface Loopback0")[2].partition("!")[0])
    assert connect("rtr-1").get_facts()["hostname"] == "rtr-1"


def test_scp_needs_its_server(fleet: Fleet, connect: Connect) -> None:
    driver = connect("rtr-1")
    driver.load_merge_candidate(config="no ip scp server enable\nend\n")
    driver.commit_config()
    with pytest.raises(CommandErrorException, match="SCP file transfers are not enabled"):
        driver.load_merge_candidate(config="ntp server 10.9.9.9\nend\n")


def _without_prompt_quiet(config: str) -> str:
    """NAPALM puts this line into the configuration that it later rolls back to."""
    return config.replace("file prompt quiet\n", "")
