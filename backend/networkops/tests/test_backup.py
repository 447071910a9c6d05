"""Proof that a configuration is whole: (platform, text, words of the problem or nothing)."""

from __future__ import annotations

import pytest

from networkops.platforms import PLATFORMS, Platform
from networkops.tasks.backup import fetch_config, find_problems

JUNOS = "system {\n    host-name r1;\n    services {\n        ssh;\n    }\n}\n"

CASES = [
    ("ios", "version 15.2\nhostname r1\nend\n", ""),
    ("ios", "version 15.2\ninterface Gi0/1\n ip addr", "the last line is 'ip addr'"),
    ("ios", "version 15.2\nbanner motd ^C the end ^C\nline vty 0 4\n", "no end marker"),
    ("ios", "backend\n", "no end marker"),
    ("ios", "", "empty"),
    ("ios", "\n  \n", "empty"),
    ("ios", "version 15.2\n --More-- \nend\n", "paging"),
    ("ios", "version 15.2\n\x01\x02\x85\nend\n", "3 unprintable characters"),
    ("ios", "version 15.2\n description Zürich\nbanner motd \x03\nend\n", "1 unprintable character"),
    ("ios", "version 15.2\n description Zürich – Genève\nend\n", ""),
    ("eos", "hostname r1\nend\n", ""),
    ("frr", "frr version 8.4\nhostname r1\n", "no end marker"),
    ("cisco_asa", "hostname r1\n: end\n", ""),
    ("huawei", "sysname r1\nreturn\n", ""),
    ("nokia_sros", "exit all\n\n# Finished FRI NOV 20 10:00:00 2026 UTC\n", ""),
    ("junos_cli", JUNOS, ""),
    ("junos_cli", JUNOS.replace("r1;", "r1; ## SECRET {"), ""),
    ("junos_cli", JUNOS.replace("r1;", 'r1;\n    message "{ {";'), ""),
    ("junos_cli", JUNOS[:-2], "2 blocks are opened, but 1 closed"),
    ("junos_cli", "## Last commit\n", "0 blocks"),
    ("nxos_ssh", "version 9.3(5)\n", ""),
]


@pytest.mark.parametrize(("platform", "text", "words"), CASES)
def test_find_problems(platform: str, text: str, words: str) -> None:
    problems = find_problems(text, platform)

    assert bool(problems) == bool(words)
    assert words in " ".join(problems)


class Shown:
    """A device that shows a given text."""

    def __init__(self, text: str, platform: Platform) -> None:
        self.text, self.platform = text, platform

    def show(self, command: str, timeout_s: float | None = None) -> str:
        return self.text

    def running_config(self) -> str:
        return self.text


def test_fetched_text_has_plain_line_ends_and_the_log_its_size() -> None:
    lines: list[tuple[str, str]] = []

    fetched = fetch_config(
        Shown("\r\n!\r\nhostname r1 \r\nend\r\n\r\n", PLATFORMS["ios"]),
        {},
        lambda text, level="info": lines.append((level, text)),
    )

    assert fetched.text == "!\nhostname r1\nend\n"
    assert lines == [("info", "running configuration: 3 lines, 18 bytes")]


def test_empty_configuration_is_a_problem() -> None:
    fetched = fetch_config(Shown("", PLATFORMS["ios"]), {}, lambda text, level="info": None)

    assert fetched.problems == ("the device sent an empty configuration",)
