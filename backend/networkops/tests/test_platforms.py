"""The platform table agrees with the libraries that it names."""

from __future__ import annotations

import re

import pytest
from napalm import get_network_driver
from netmiko.ssh_dispatcher import CLASS_MAPPER

from networkops.platforms import PLATFORMS, Platform

ROWS = list(PLATFORMS.values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_row_names_things_that_exist(row: Platform) -> None:
    assert row.netmiko in CLASS_MAPPER
    assert not row.napalm or get_network_driver(row.napalm)
    assert row.transport == "cli" or row.napalm


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_row_is_complete(row: Platform) -> None:
    assert row.vendor and row.label and row.config_command and 0 < row.port < 65536
    assert bool(row.end_marker) == (row.proof == "end")
    for regex in (*row.volatile, row.error, row.end_marker):
        assert re.compile(regex)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_no_pattern_matches_an_empty_line(row: Platform) -> None:
    assert not any(re.search(regex, "") for regex in (*row.volatile, row.error))


def test_labels_are_distinct() -> None:
    assert len({row.label for row in ROWS}) == len(ROWS)
