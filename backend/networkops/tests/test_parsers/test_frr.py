"""Our own templates, on what real routers answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from networkops.parsers.tables import known, table_of

RECORDED = Path(__file__).parent / "recorded"
Rows = list[dict[str, str]]


def rows_of(text: str, command: str) -> Rows:
    table = table_of(text, "frr", command)
    assert table is not None
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def recorded(command: str) -> Rows:
    return rows_of((RECORDED / f"{command.replace(' ', '_')}.txt").read_text(), command)


def some(rows: Rows, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in columns) for row in rows]


def test_routes_one_row_for_each_next_hop() -> None:
    rows = recorded("show ip route")

    found = some(rows, "protocol", "selected", "status", "prefix", "next_hop", "interface", "note")
    assert len(rows) == 24
    assert found[:8] == [
        ("S", ">", "*", "0.0.0.0/0", "10.100.0.1", "eth1", ""),
        ("S", ">", "*", "10.9.7.0/24", "10.100.0.1", "eth1", ""),
        ("S", ">", "*", "10.9.7.0/24", "10.100.0.6", "eth2", ""),
        ("S", ">", "", "10.9.8.0/24", "10.255.0.3", "", "recursive"),
        ("S", ">", "*", "10.9.8.0/24", "10.100.0.1", "eth1", ""),
        ("S", ">", "*", "10.9.9.0/24", "unreachable", "", "blackhole"),
        ("O", "", "", "10.100.0.0/31", "directly connected", "eth1", ""),
        ("C", ">", "*", "10.100.0.0/31", "directly connected", "eth1", ""),
    ]
    assert some(rows[6:9], "distance", "metric", "weight", "uptime") == [
        ("110", "10", "1", "00:03:18"),
        ("", "", "", "00:03:18"),
        ("110", "20", "1", "00:03:14"),
    ]


def test_routes_of_every_vrf_say_which() -> None:
    rows = recorded("show ip route vrf all")

    assert {row["vrf"] for row in rows} == {"default"}
    without = [{**row, "vrf": ""} for row in rows]
    assert without == recorded("show ip route")


def test_routes_of_ipv6() -> None:
    assert some(recorded("show ipv6 route"), "protocol", "selected", "prefix", "next_hop", "interface") == [
        ("C", ">", "2001:db8:1::1/128", "directly connected", "lo"),
        ("S", ">", "2001:db8:8::/48", "directly connected", "eth1"),
        ("S", ">", "2001:db8:9::/48", "unreachable", ""),
        ("C", "", "fe80::/64", "directly connected", "eth1"),
        ("C", "", "fe80::/64", "directly connected", "mgmt0"),
        ("C", ">", "fe80::/64", "directly connected", "eth2"),
    ]


def test_bgp_neighbours_of_each_family() -> None:
    state = "state_or_prefixes_received"

    assert some(recorded("show bgp summary"), "family", "vrf", "neighbor", "as", "up_down", state, "description") == [
        ("IPv4 Unicast", "default", "10.100.0.1", "4200000002", "00:00:02", "3", "r2"),
        ("IPv4 Unicast", "default", "10.100.0.6", "4200000004", "00:01:17", "Idle (Admin)", "r4"),
        ("IPv4 Unicast", "default", "192.0.2.200", "65010", "never", "Active", "gone away"),
        ("IPv6 Unicast", "default", "10.100.0.1", "4200000002", "00:00:02", "NoNeg", "r2"),
    ]


def test_ospf_neighbours() -> None:
    assert some(recorded("show ip ospf neighbor"), "neighbor_id", "state", "up_time", "address", "interface") == [
        ("10.255.0.2", "Full/-", "3m18s", "10.100.0.1", "eth1"),
        ("10.255.0.4", "Full/-", "3m18s", "10.100.0.6", "eth2"),
    ]


def test_interfaces_with_all_their_addresses() -> None:
    assert some(recorded("show interface brief"), "interface", "status", "vrf", "addresses") == [
        ("eth1", "up", "default", "10.100.0.0/31"),
        ("eth2", "down", "default", "10.100.0.7/31"),
        ("lo", "up", "default", "10.255.0.1/32, 10.255.1.1/32, 2001:db8:1::1/128"),
        ("mgmt0", "up", "default", "198.18.0.2/22"),
    ]


def test_version() -> None:
    [row] = recorded("show version")

    assert (row["version"], row["hostname"]) == ("8.4.4", "r1")


@pytest.mark.parametrize(
    "command",
    [
        "sh ip ro",
        "show ip route vrf CUST",
        "show ip route ospf",
        "show ip bgp summary",
        "show bgp vrf all summary",
        "show bgp ipv6 unicast summary",
        "show interface vrf all brief",
        "show ip ospf neighbor all",
    ],
)
def test_a_command_is_known_however_it_is_written(command: str) -> None:
    assert known("frr", command) is not None


@pytest.mark.parametrize(
    "command",
    ["show ip route summary", "show ip route json", "show ip ospf neighbor detail", "show ip interface brief"],
)
def test_a_command_that_only_begins_alike_is_not(command: str) -> None:
    assert known("frr", command) is None


def test_one_line_that_is_not_understood_and_there_is_no_table() -> None:
    for file in RECORDED.glob("*.txt"):
        command = file.stem.replace("_", " ")
        if command != "show version":
            assert table_of(file.read_text() + "O>* something new\n", "frr", command) is None or command in BY_HEAD


BY_HEAD = ("show bgp summary",)
"""What stands between its tables is of no interest."""
