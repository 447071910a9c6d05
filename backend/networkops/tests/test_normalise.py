"""What does not make a new version of a configuration: (platform, two texts that are the same)."""
# ruff: noqa: E501 - one device text a line

from __future__ import annotations

import pytest

from networkops.normalise import normalise

SAME = [
    (
        "ios",
        "Building configuration...\n\nCurrent configuration : 1234 bytes\n!\n"
        "! Last configuration change at 10:00:00 UTC Mon Nov 16 2026 by bob\n"
        "! NVRAM config last updated at 10:00:01 UTC Mon Nov 16 2026\nversion 15.2\nntp clock-period 36028797\nend\n",
        "!\nversion 15.2  \nend\n",
    ),
    (
        "eos",
        "! Command: show running-config\n! device: r1 (vEOS, EOS-4.30.1F)\n!\nhostname r1\nend\n",
        "! device: r1 (vEOS, EOS-4.30.1F)\n!\nhostname r1\nend",
    ),
    ("junos_cli", "## Last commit: 2026-11-20 10:00:00 UTC by bob\nsystem {\n}\n{master:0}\n", "system {\n}\n"),
    ("frr", "Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.4\nend\n", "!\nfrr version 8.4\nend\n"),
    (
        "nxos_ssh",
        "!Command: show running-config\n!Time: Fri Nov 20 10:00:00 2026\n\nversion 9.3(5)\n",
        "!Command: show running-config\n!Time: Sat Nov 21 10:00:00 2026\n\nversion 9.3(5)\n",
    ),
    ("mikrotik_routeros", "# 2026-11-20 10:00:00 by RouterOS 7.16\n/ip address\n", "/ip address\n"),
    ("fortinet", "config system admin\n    set password ENC AAA\nend\n", "config system admin\n    set password ENC BBB\nend\n"),
    ("nokia_sros", "exit all\n# Finished FRI NOV 20 10:00:00 2026 UTC\n", "exit all\n# Finished SAT NOV 21 2026 UTC\n"),
    ("unheard_of", "\nhostname r1\n\n", "hostname r1"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "one", "other"), SAME)
def test_normalise_makes_the_same_of(platform: str, one: str, other: str) -> None:
    assert normalise(one, platform) == normalise(other, platform) != ""


DIFFERENT = [
    ("ios", "hostname r1\nend\n", "hostname r2\nend\n"),
    ("ios", " description a\n", "description a\n"),
    ("ios", "ntp server 10.0.0.1\n", "\n"),
    ("junos_cli", "## Last resort\n", ""),
]


@pytest.mark.parametrize(("platform", "one", "other"), DIFFERENT)
def test_normalise_keeps_apart(platform: str, one: str, other: str) -> None:
    assert normalise(one, platform) != normalise(other, platform)


def test_normalise_of_volatile_lines_alone_is_empty() -> None:
    assert normalise("Building configuration...\n\n", "ios") == ""
