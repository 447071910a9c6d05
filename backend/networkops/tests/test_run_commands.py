"""Commands on simulated devices, over real SSH."""

from __future__ import annotations

from typing import Any

import pytest

from networkops import engine
from networkops.errors import CommandRefused, DeviceTimeout, TooMuchOutput
from networkops.parsers.tables import table_of
from networkops.platforms import PLATFORMS, Platform
from networkops.redact import MASK
from networkops.tasks.commands import IN_LOG_LINES, MOST_KEPT, run_commands
from networkops.tests.conftest import PLATFORM_OF, MakeFleet, ends, host
from networkops.types import HostDone, Line, Outputs
from simulator import DeviceSpec, Fleet

LOGIN: dict[str, Any] = {"username": "netops", "password": "sim-pass"}


def send(fleet: Fleet, name: str, *commands: str, **more: Any) -> tuple[HostDone, list[Line]]:
    params: dict[str, Any] = {"commands": list(commands), "timeout_s": 20, "command_timeout_s": 10} | more
    timeout_s = float(params["timeout_s"])
    run = engine.stream([host(fleet, name)], "run_commands", params, threads=1, timeout_s=timeout_s)
    events = [event for event in run if event is not None]
    return ends(events)[1], [event for event in events if isinstance(event, Line)]


@pytest.mark.parametrize("platform", sorted(PLATFORM_OF))
def test_each_platform_answers_each_command_in_order(make_fleet: MakeFleet, platform: str) -> None:
    fleet = make_fleet(DeviceSpec("r1", platform=platform, **LOGIN))

    done, lines = send(fleet, "r1", "show version", "show version")

    assert done.error is None
    assert done.result.error is None
    first, second = done.result.outputs
    assert first.command == second.command == "show version"
    assert first.text == second.text
    assert len(first.text.splitlines()) > 1
    assert first.text in "\n".join(line.text for line in lines) + "\n"


def test_a_refused_command_is_told_and_the_next_one_sent(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", **LOGIN))

    done, lines = send(fleet, "r1", "show version", "show nonsense", "show ip interface brief")

    assert done.error is None
    version, nonsense, brief = done.result.outputs
    assert version.text
    assert brief.text
    assert nonsense.text == ""
    assert "% Invalid input" in nonsense.problem
    assert isinstance(done.result.error, CommandRefused)
    assert "1 of 3 commands" in str(done.result.error)
    assert any(line.level == "warning" and "show nonsense" in line.text for line in lines)


def test_secrets_are_masked_in_result_and_log(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", **LOGIN))
    secret = next(
        line.split()[2] for line in fleet["r1"].running_config.splitlines() if line.startswith("snmp-server community")
    )

    done, lines = send(fleet, "r1", "show running-config", "show running-config | include snmp")

    for output in done.result.outputs:
        assert f"snmp-server community {MASK}" in output.text
        assert secret not in output.text
    assert secret not in "".join(line.text for line in lines)
    assert secret not in repr(done)


def test_an_answer_that_does_not_end_in_time_ends_the_device(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", **LOGIN))
    fleet["r1"].set_fault("slow", delay_ms=1500)

    done, _ = send(fleet, "r1", "show version", "show clock", command_timeout_s=1)

    assert done.error is None, "what there is of a result is handed over"
    version, clock = done.result.outputs
    assert version.problem.startswith("no end of the answer within 1 s")
    assert clock.problem == "not sent: the answer before it has no end"
    assert isinstance(done.result.error, DeviceTimeout)


def test_what_came_before_a_silent_command_is_kept() -> None:
    class Silent(Shown):
        def show(self, command: str, timeout_s: float | None = None) -> str:
            if command == "show b":
                raise DeviceTimeout("silence")
            return "fine\n"

    result = run_commands(Silent(), {"commands": ["show a", "show b", "show c"], **TIMES}, quiet)

    assert [output.text for output in result.outputs] == ["fine\n", "", ""]
    assert isinstance(result.error, DeviceTimeout)


TIMES = {"timeout_s": 20, "command_timeout_s": 10}


def quiet(text: str, level: str = "info") -> None:
    return None


class Shown:
    """A device that answers each command with the same text."""

    platform: Platform = PLATFORMS["ios"]
    text = ""

    def show(self, command: str, timeout_s: float | None = None) -> str:
        return self.text

    def running_config(self) -> str:
        return self.text


def shown(text: str) -> Outputs:
    device = Shown()
    device.text = text
    return run_commands(device, {"commands": ["show x"], **TIMES}, quiet)


def test_a_long_answer_is_cut_with_a_mark() -> None:
    [output] = shown("0123456789\n" * (MOST_KEPT // 10)).outputs

    assert output.is_cut
    assert len(output.text) < MOST_KEPT + 100
    *kept, mark = output.text.splitlines()
    assert set(kept) == {"0123456789"}
    assert mark.startswith("… cut here: ")


def test_a_line_without_an_end_is_cut_too() -> None:
    [output] = shown("x" * (MOST_KEPT + 5)).outputs

    assert output.text.splitlines() == ["x" * MOST_KEPT, "… cut here: 5 more characters were not kept"]


def test_more_than_a_session_takes_ends_the_device_and_keeps_the_rest() -> None:
    class Flood(Shown):
        def show(self, command: str, timeout_s: float | None = None) -> str:
            raise TooMuchOutput("more than 16 MB came")

    result = run_commands(Flood(), {"commands": ["show a", "show b"], **TIMES}, quiet)

    assert isinstance(result.error, TooMuchOutput)
    assert result.outputs[1].problem.startswith("not sent")


def test_garbled_output_survives() -> None:
    garbled = "up\x00\x1b[2J\x07\ndé\ufffd\u202etxet\n"

    assert shown(garbled).outputs[0].text == garbled


def test_the_log_shows_the_first_lines_of_an_answer() -> None:
    lines: list[str] = []
    device = Shown()
    device.text = "".join(f"line {number}\n" for number in range(500))

    run_commands(device, {"commands": ["show x"], **TIMES}, lambda text, level="info": lines.append(text))

    [entry] = lines
    assert entry.startswith("show x: 500 lines\nline 0\n")
    assert entry.endswith(f"\n… and {500 - IN_LOG_LINES} more, among the job's outputs")


def test_time_that_is_over_sends_nothing_more() -> None:
    result = run_commands(Shown(), {"commands": ["show x"], "timeout_s": 0, "command_timeout_s": 5}, quiet)

    assert isinstance(result.error, DeviceTimeout)
    assert "not sent" in result.outputs[0].problem


BRIEF = """Interface                  IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0         192.0.2.1       YES NVRAM  up                    up
GigabitEthernet0/1         unassigned      YES NVRAM  administratively down down
"""


def test_an_output_that_a_template_knows_becomes_a_table() -> None:
    table = table_of(BRIEF, "ios", "show ip interface brief")

    assert table is not None
    assert table.columns == ("interface", "ip_address", "status", "proto")
    assert table.rows[1] == ("GigabitEthernet0/1", "unassigned", "administratively down", "down")


@pytest.mark.parametrize(
    ("text", "platform", "command"),
    [
        (BRIEF, "ios", "show something else"),
        (BRIEF, "ios", "show ip interface brief | include up"),
        (BRIEF, "frr", "show ip interface brief"),
        (BRIEF, "no such platform", "show ip interface brief"),
        ("garbled", "ios", "show ip interface brief"),
        ("", "ios", "show ip interface brief"),
        ("x" * 1000, "ios", "show ip interface brief"),
        (BRIEF * 3000, "ios", "show ip interface brief"),
    ],
)
def test_anything_else_is_no_table(text: str, platform: str, command: str) -> None:
    assert table_of(text, platform, command) is None
