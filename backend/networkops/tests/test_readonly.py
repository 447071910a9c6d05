"""Commands that only read, and all others."""

from __future__ import annotations

import pytest

from networkops.platforms import PLATFORMS
from networkops.readonly import bad_pattern, normal, refusal, tells_secret, unfit
from networkops.readonly_rules import RULES
from networkops.tests.readonly_cases import CASES, NO, YES


@pytest.mark.parametrize(("platform", "command", "is_allowed"), CASES)
def test_reads_or_is_refused_in_words(platform: str, command: str, is_allowed: bool) -> None:
    words = refusal(command, platform)

    assert not words if is_allowed else words, words
    assert "\n" not in words
    assert not words.endswith(".")


ENDINGS = ("; reload", "\nreload", "\rreload", " > x", " >> x", " < x", " && x", " & x", " | sh", " | bash", " | tee x",
           " | redirect x", " | append x", " | save x", " | file x", " | sed w", " | vsh", " | request x", " $(x)",
           " `x`", " \\", " ?", " \x03", " |", " || x", " | include x | redirect y", "{x}",
           " | match x | save y")  # fmt: skip
READING = {"huawei": "display version", "hp_comware": "display version", "juniper_screenos": "get system",
           "mikrotik_routeros": "/system resource print", "linux": "uptime"}  # fmt: skip


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_no_ending_makes_a_reading_command_write(platform: str) -> None:
    reading = READING.get(platform, "show version")

    assert refusal(reading, platform) == ""
    assert [ending for ending in ENDINGS if not refusal(reading + ending, platform)] == []


VERBS = [
    "configure", "conf", "config", "system-view", "set", "delete", "edit", "commit", "rollback", "load", "save",
    "write", "copy", "erase", "format", "reload", "reboot", "reset", "clear", "debug", "request", "start", "shell",
    "bash", "run", "guestshell", "python", "tclsh", "telnet", "ssh", "enable", "disable", "do", "no", "undo",
    "exit", "quit", "execute", "diagnose", "admin", "import", "install", "upgrade", "rename", "move", "mkdir",
    "rmdir", "monitor", "watch", "terminal", "send", "test", "alias", "export", "/export file=x",
]  # fmt: skip


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_no_other_verb_passes_on_any_platform(platform: str) -> None:
    passed = [verb for verb in VERBS for tail in ("", " x", " all") if not refusal(verb + tail, platform)]

    assert passed == (["export"] if platform == "mikrotik_routeros" else [])  # which shows, without a file's name


def test_each_platform_has_its_rules() -> None:
    assert sorted(RULES) == sorted(PLATFORMS)


ALLOWED = [
    ("request support information", "request support information", YES),
    ("request support information", "request support", NO),
    ("request support information", "request support information x", NO),
    ("request support information", "request support information | no-more", YES),
    ("request support information", "request support information | save x", NO),
    ("request chassis * status", "request chassis fpc status", YES),
    ("request chassis * status", "request chassis fpc;reboot status", NO),
    ("request chassis * status", "request chassis fpc slot status", NO),
    ("request chassis * status", "REQUEST chassis fpc status", YES),
]


@pytest.mark.parametrize(("pattern", "command", "is_allowed"), ALLOWED)
def test_a_customers_own_command_passes_as_it_is_written(pattern: str, command: str, is_allowed: bool) -> None:
    assert (refusal(command, "junos_cli", [pattern]) == "") is is_allowed


@pytest.mark.parametrize(
    ("pattern", "is_good"),
    [("request support information", YES), ("ping * count *", YES), ("* x", NO), ("show x | save y", NO), ("", NO),
     ("a;b", NO), ("a\nb", NO), ("request **", NO), ("ping -c 5 *", YES)],
)  # fmt: skip
def test_a_customers_pattern_is_plain_words(pattern: str, is_good: bool) -> None:
    assert (bad_pattern(pattern) == "") is is_good


def test_spaces_are_sent_once() -> None:
    assert normal("  show   ip  route ") == "show ip route"


def test_a_command_with_a_secret_in_it_is_told() -> None:
    assert tells_secret("username bob password 0 hunter2")
    assert tells_secret("set system radius-server 192.0.2.1 secret hunter2")
    assert not tells_secret("show running-config | include password")
    assert not tells_secret("show version")
    assert unfit("reload") == ""
