"""Send a device some commands, one after the other, and keep what it answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from networkops.edge import one_line
from networkops.errors import CommandRefused, DeviceTimeout, NetworkError, TooMuchOutput
from networkops.redact import mask
from networkops.types import Log, Output, Outputs, PlatformConnection

MOST_KEPT = 1_000_000
"""Characters of one answer. What a show command prints is looked at by people; a configuration comes by its backup."""
IN_LOG_LINES, IN_LOG = 40, 4_000
"""Lines and characters of one answer that the job's log shows."""
GOODBYE_S = 1.0
"""Kept back of the device's time, so that what has been read so far is handed over in it."""


def run_commands(conn: PlatformConnection, params: Mapping[str, Any], log: Log) -> Outputs:
    """Params: `commands`, `timeout_s` for the device and `command_timeout_s` for each answer.

    A command that the device refuses is told, and the next one sent. After an answer without an end nothing more is
    sent: it could be taken for the next one's.
    """
    deadline = time.monotonic() + params["timeout_s"] - GOODBYE_S
    commands: Sequence[str] = params["commands"]
    outputs: list[Output] = []
    for command in commands:
        left = min(float(params["command_timeout_s"]), deadline - time.monotonic())
        output, error = _run(conn, command, left)
        outputs.append(output)
        _tell(output, log)
        if error is not None:
            rest = commands[len(outputs) :]
            outputs += [Output(one, "", "not sent: the answer before it has no end") for one in rest]
            return Outputs(tuple(outputs), type(error)(f"'{command}': {error}"))
    return Outputs(tuple(outputs), _refused(outputs))


def _run(conn: PlatformConnection, command: str, timeout_s: float) -> tuple[Output, NetworkError | None]:
    """The answer, and the error after which the connection is of no more use."""
    started = time.monotonic()
    if timeout_s <= 0:
        late = DeviceTimeout("not sent: the time for this device is over")
        return Output(command, "", str(late)), late
    try:
        text, is_cut = _cut(_clean(conn.show(command, timeout_s)))
    except CommandRefused as refused:
        return Output(command, "", mask(str(refused), conn.platform.key), took_s=time.monotonic() - started), None
    except (DeviceTimeout, TooMuchOutput) as error:
        return Output(command, "", str(error), took_s=time.monotonic() - started), error
    return Output(command, mask(text, conn.platform.key), "", is_cut, time.monotonic() - started), None


def _refused(outputs: Sequence[Output]) -> CommandRefused | None:
    problems = [output.problem for output in outputs if output.problem]
    if not problems:
        return None
    if len(outputs) == 1:
        return CommandRefused(problems[0])
    return CommandRefused(f"{len(problems)} of {len(outputs)} commands: {one_line('; '.join(problems), 300)}")


def _tell(output: Output, log: Log) -> None:
    if output.problem:
        log(f"{output.command}: {output.problem}", "warning")
        return
    lines = output.text.splitlines()
    shown = "\n".join(lines[:IN_LOG_LINES])[:IN_LOG]
    more = len(lines) - IN_LOG_LINES
    count = f"{len(lines):,} line{'' if len(lines) == 1 else 's'}"
    rest = f"\n… and {more:,} more, among the job's outputs" if more > 0 else ""
    log(f"{output.command}: {count}\n{shown}{rest}".rstrip())


def _clean(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\r", "").split("\n")]
    whole = "\n".join(lines).strip("\n")
    return f"{whole}\n" if whole else ""


def _cut(text: str) -> tuple[str, bool]:
    """The text's first characters, at the end of a line where there is one, and whether something was cut off."""
    if len(text) <= MOST_KEPT:
        return text, False
    kept = text[:MOST_KEPT]
    kept = kept[: kept.rfind("\n") + 1] or f"{kept}\n"
    return f"{kept}… cut here: {len(text) - len(kept):,} more characters were not kept\n", True
