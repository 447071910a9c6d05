"""What a real router answers becomes tables, whatever version of FRRouting the lab has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from networkops import engine
from networkops.parsers.tables import table_of
from networkops.tests.conftest import ends
from networkops.types import HostSpec
from tests.lab.running import RunningLab

COMMANDS = {
    "show version": ("hostname", {"r1"}),
    "show interface brief": ("interface", {"lo", "eth1", "eth2", "mgmt0"}),
    "show ip ospf neighbor": ("interface", {"eth1", "eth2"}),
    "show bgp summary": ("description", {"r2", "r4"}),
    "show ip route": ("interface", {"lo", "eth1", "eth2", "mgmt0"}),
    "show ip route vrf all": ("vrf", {"default"}),
    "show ipv6 route": ("prefix", {"fe80::/64"}),
}
"""A column of each table, and what it holds on a router of the ring."""


@pytest.mark.parametrize("username", ["netops", "vtysh"])
def test_daily_commands(lab: RunningLab, spec: Callable[..., HostSpec], username: str) -> None:
    params: dict[str, Any] = {"commands": list(COMMANDS), "timeout_s": 30, "command_timeout_s": 10}
    run = engine.stream([spec("r1", username=username)], "run_commands", params, threads=1, timeout_s=30)
    [done] = ends([event for event in run if event is not None]).values()

    assert done.error is None
    for output in done.result.outputs:
        assert not output.problem
        column, expected = COMMANDS[output.command]
        table = table_of(output.text, "frr", output.command)
        assert table is not None, output.text
        assert {row[table.columns.index(column)] for row in table.rows} == expected, output.text
