"""What every platform brings: a state that remembers, and a command line that reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from simulator.pipes import apply_filter, split_pipe
from simulator.scp import FileStore
from simulator.spec import DeviceSpec, Fault, FaultKind
from simulator.terminal import Key, Terminal

SHORT = 8
"""Faults that strike in the middle of an output leave answers of fewer lines alone."""


class Host(Protocol):
    """What a state may ask of the device that carries it."""

    spec: DeviceSpec
    fault: Fault | None

    @property
    def state(self) -> State:
        """Its memory."""
        ...

    def schedule(self, seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Run `action` after so many seconds of the device's own time."""
        ...

    def uptime(self) -> int:
        """Seconds of the device's own time since it booted."""
        ...

    def changed(self) -> None:
        """Its state has changed: keep it, and see whether it can still be reached."""
        ...

    def drop_session(self, terminal: Terminal) -> None:
        """Cut the connection a terminal belongs to."""
        ...


class State(Protocol):
    """A device's memory. Made when it is first needed."""

    @property
    def running_config(self) -> str:
        """The configuration without volatile lines."""
        ...

    @property
    def reachable(self) -> bool:
        """Whether its configuration lets anybody in at all."""
        ...

    @property
    def files(self) -> FileStore | None:
        """The file system that SCP copies from and to; None where SCP is off."""
        ...

    def set_running_config(self, text: str) -> None:
        """Another configuration, as if somebody had changed it."""
        ...

    def login_ok(self, username: str, password: str) -> bool:
        """Whether the device lets this user in."""
        ...

    def dump(self) -> dict[str, Any]:
        """All of it, for JSON."""
        ...

    def restore(self, data: dict[str, Any]) -> None:
        """Back to what `dump` gave."""
        ...


class Logout(Exception):
    """The user ended the session."""


class Cli:
    """A session's command line; platforms give it prompts and commands."""

    invalid = "% Invalid input\n"
    more_prompt = " --More-- "
    page_rows = 24

    def __init__(self, host: Host, terminal: Terminal, username: str) -> None:
        self.host = host
        self.terminal = terminal
        self.username = username
        self.exec_channel = not terminal.interactive
        self.exit_status = 0
        terminal.more_prompt = self.more_prompt
        terminal.rows = 0 if self.exec_channel else self.page_rows

    def banner(self) -> str:
        """What stands before the first prompt."""
        return ""

    def prompt(self) -> str:
        """The prompt as it is now."""
        raise NotImplementedError

    async def execute(self, line: str) -> None:
        """Run one line."""
        raise NotImplementedError

    def on_key(self, key: Key) -> None:
        """Ctrl-C or Ctrl-Z at the prompt."""

    async def interact(self) -> None:
        """Prompt and run lines until logout."""
        self.terminal.write(self.banner())
        while True:
            line = await self.terminal.read_line(self.prompt())
            if isinstance(line, Key):
                self.on_key(line)
                continue
            await self.run(line)

    async def run(self, line: str) -> None:
        """One line, after the time this device takes for a command."""
        if line.strip():
            await self._take_time()
        await self.execute(line)

    async def _take_time(self) -> None:
        fault = self.host.fault
        wait_ms = self.host.spec.latency_ms + (fault.delay_ms if fault and fault.kind is FaultKind.SLOW else 0)
        if wait_ms:
            await asyncio.sleep(wait_ms / 1000)

    def say(self, text: str) -> None:
        """Write a short answer as it is."""
        self.terminal.write(text)

    async def show(self, text: str) -> None:
        """Write the answer of a show command: paged, and with whatever fault the device has."""
        kind = self.host.fault.kind if self.host.fault else None
        if kind is FaultKind.INVALID_INPUT:
            self.say(self.invalid)
        elif kind in (FaultKind.HANGS, FaultKind.CUTS_OFF, FaultKind.CLOSES) and text.count("\n") >= SHORT:
            await self._break_off(text, kind)
        else:
            await self.terminal.page(text)

    async def _break_off(self, text: str, kind: FaultKind) -> None:
        middle = text.index("\n", len(text) // 2) - 3
        self.terminal.write(text[:middle])
        if kind is FaultKind.CUTS_OFF:
            self.terminal.write("\n")
            return
        if kind is FaultKind.CLOSES:
            # What was written is to arrive before the connection goes.
            await asyncio.sleep(0.05)
            self.host.drop_session(self.terminal)
        await self.terminal.hang()


def piped(line: str, text: str) -> str | None:
    """`text` through the filters that stand in `line`; None when one of them does not exist."""
    result: str | None = text
    for spec in split_pipe(line)[1]:
        if result is None:
            return None
        result = apply_filter(result, spec)
    return result
