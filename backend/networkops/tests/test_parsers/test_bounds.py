"""A hostile text gets no further than the process that parses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from networkops.parsers import aside
from networkops.parsers.tables import LONGEST, OWN, table_of

BRIEF = """Interface                  IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0         192.0.2.1       YES NVRAM  up                    up
"""
ENDLESS = "1" * 500
"""A template of ntc-templates for OSPF neighbours would look at this line for longer than the world stands."""
FRR = {
    "frr_show_bgp_summary": "show bgp summary",
    "frr_show_interface_brief": "show interface brief",
    "frr_show_ip_ospf_neighbor": "show ip ospf neighbor",
    "frr_show_ip_route": "show ip route",
    "frr_show_version": "show version",
}
HEADS = {"frr_show_bgp_summary": "Neighbor        V         AS\n"}
LINES = ["1", "1 ", "1.", "a", "a ", " ", "0:", ", ", "a, a ", ", a 1", "O>* 1.1.1.1/1 via ", "-", "(", "\x00", "é"]
BACKEND = Path(__file__).resolve().parents[3]


def parsers(of: int | None = None) -> set[int]:
    children = psutil.Process(of).children()
    return {child.pid for child in children if any("child.py" in word for word in child.cmdline())}


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_text_that_a_template_never_gets_through_is_no_table() -> None:
    assert table_of(BRIEF, "ios", "show ip interface brief")

    assert table_of(ENDLESS, "ios", "show ip ospf neighbor") is None

    assert table_of(BRIEF, "ios", "show ip interface brief"), "the next one is parsed"


def test_what_parses_is_kept_for_the_next_text() -> None:
    assert table_of(BRIEF, "ios", "show ip interface brief")
    before = parsers()

    assert table_of(BRIEF, "ios", "show ip interface brief")

    assert parsers() == before
    assert 1 <= len(before) <= aside.AT_ONCE


def test_one_that_was_killed_meanwhile_is_replaced() -> None:
    assert table_of(BRIEF, "ios", "show ip interface brief")
    before = parsers()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 30
    while not all(map(gone, before)) and time.monotonic() < until:
        time.sleep(0.01)

    assert table_of(BRIEF, "ios", "show ip interface brief")

    assert not parsers() & before


def test_each_of_our_own_templates_is_tried_below() -> None:
    assert {path.stem for path in OWN.glob("*.textfsm")} == set(FRR)


@pytest.mark.parametrize("name", sorted(FRR))
def test_our_own_templates_get_through_any_line(name: str) -> None:
    """Whoever writes one that does not sees its process ended."""
    table_of("x", "frr", FRR[name])
    before = parsers()

    for line in LINES:
        for text in (line * (5_000 // len(line)), f"{line * (499 // len(line))}\n" * (LONGEST // 500)):
            table_of(HEADS.get(name, "") + text, "frr", FRR[name])

    assert parsers() == before


@pytest.mark.parametrize(
    "text", ["\x00\xff\ud800\u202e\n", "\x1b[2J\x07", "é" * 1000, '{"columns": []}\n', "\u2028\r\n\x85"]
)
def test_a_binary_text_is_no_table(text: str) -> None:
    assert table_of(text, "ios", "show ip interface brief") is None
    assert table_of(text, "frr", "show ip route") is None


def test_ten_megabytes_are_not_looked_at() -> None:
    assert table_of("O>* " * 2_500_000, "frr", "show ip route") is None


START = f"""
import os, sys
from networkops.parsers.tables import table_of
import psutil
BRIEF = {BRIEF!r}
assert table_of(BRIEF, "ios", "show ip interface brief")
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", START + script]
    environment = os.environ | {"WEBNET_PLANTED": "secret"}
    return subprocess.run(command, cwd=BACKEND, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("end", "status"), [("os.kill(os.getpid(), 9)", -9), ("sys.exit(0)", 0)])
def test_none_is_left_when_the_process_ends(end: str, status: int) -> None:
    done = run(f"print(*[child.pid for child in psutil.Process().children()], flush=True)\n{end}")

    assert done.returncode == status, done.stderr
    [pid] = map(int, done.stdout.split())
    until = time.monotonic() + 30
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert gone(pid)


def test_a_fork_has_its_own() -> None:
    done = run("""
mine = {child.pid for child in psutil.Process().children()}
if pid := os.fork():
    assert os.waitpid(pid, 0)[1] == 0
    assert table_of(BRIEF, "ios", "show ip interface brief")
else:
    assert table_of(BRIEF, "ios", "show ip interface brief")
    assert not mine & {child.pid for child in psutil.Process().children()}
    sys.exit(0)
""")

    assert done.returncode == 0, done.stderr


def test_it_sees_none_of_our_environment() -> None:
    done = run("""
[child] = psutil.Process().children()
assert "WEBNET_PLANTED" not in child.environ()
""")

    assert done.returncode == 0, done.stderr
