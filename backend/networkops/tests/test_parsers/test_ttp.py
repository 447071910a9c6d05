"""Commands that TTP knows and ntc-templates does not; names that the two have for platforms."""

from __future__ import annotations

from pathlib import Path

import ntc_templates
import pytest
import ttp_templates

from networkops.parsers import tables
from networkops.parsers.tables import known, table_of
from networkops.platforms import PLATFORMS

VLANS = """vlan 1,10
vlan 10
  name users

interface Ethernet1/1
  switchport access vlan 10
!
"""
BGP = """router bgp 65000
   neighbor TRANSIT peer group
   neighbor TRANSIT remote-as 65010
!
"""
OSPF = """
            OSPF Router with ID (10.1.2.2) (Process ID 1)

                Router Link States (Area 0.0.0.0)

  LS Type: Router Links
  Advertising Router: 10.1.0.91
     Link connected to: a Stub Network
      (Link ID) Network/subnet number: 10.0.61.0
      (Link Data) Network Mask: 255.255.255.252
        TOS 0 Metrics: 9100
"""


def test_records_become_rows() -> None:
    table = table_of(VLANS, "nxos_ssh", "show running-config vlan")

    assert table is not None
    assert table.columns == ("vid", "name", "description", "tagged_interfaces", "untagged_interfaces")
    assert table.rows == (("1", "VLAN1", "", "", ""), ("10", "users", "", "", "Ethernet1/1"))


def test_another_platform() -> None:
    table = table_of(BGP, "eos", "show running-config section router bgp")

    assert table is not None
    assert table.columns == ("asn", "description", "local_asn")
    assert table.rows == (("65000", "", "True"), ("65010", "TRANSIT", "False"))


@pytest.mark.parametrize(
    ("text", "platform", "command"),
    [
        (OSPF, "iosxr_cli", "show ospf database router"),  # a tree, not records
        ("garbled", "nxos_ssh", "show running-config vlan"),
        ("", "nxos_ssh", "show running-config vlan"),
        ("<group>{{ x }}</group>", "nxos_ssh", "show running-config vlan"),
        (VLANS, "frr", "show running-config vlan"),
    ],
)
def test_anything_else_is_no_table(text: str, platform: str, command: str) -> None:
    assert table_of(text, platform, command) is None


@pytest.mark.parametrize(
    ("platform", "command", "file"),
    [
        ("huawei", "display lldp neighbor", "huawei_vrp_display_lldp_neighbor.textfsm"),
        ("nokia_sros", "show port", "alcatel_sros_show_port.textfsm"),
        ("cisco_wlc", "show cdp neighbors detail", "cisco_wlc_ssh_show_cdp_neighbors_detail.textfsm"),
        ("vyos", "show interfaces", "vyatta_vyos_show_interfaces.textfsm"),
    ],
)
def test_platforms_that_ntc_templates_calls_otherwise(platform: str, command: str, file: str) -> None:
    found = known(platform, command)

    assert found is not None
    assert found.path.name == file


@pytest.mark.parametrize(
    "command",
    [
        "../../secret",
        "show ../../x",
        "/etc/passwd",
        "show\x00version",
        "",
        " ",
        "show version\n",
        "x" * 5000,
        "ttp://a",
    ],
)
def test_a_command_reaches_no_file_but_those_of_the_packages_and_ours(command: str) -> None:
    folders = {
        tables.OWN,
        Path(ntc_templates.__file__).parent / "templates",
        Path(ttp_templates.__file__).parent / "platform",
    }

    for platform in PLATFORMS:
        found = known(platform, command)
        assert found is None or (found.path.parent in folders and found.path.is_file())
