"""The platforms a device can be of, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator.platforms import ios
from simulator.platforms.base import Cli, Host, State
from simulator.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Platform:
    """One family of devices: what it remembers, what its command line is, what its SSH server calls itself."""

    state: Callable[[Host], State]
    cli: Callable[[Host, Terminal, str], Cli]
    ssh_version: str


PLATFORMS: dict[str, Platform] = {
    "ios": Platform(ios.IosState, ios.IosCli, "Cisco-1.25"),
}
