"""The platforms a device can be of, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulator.platforms import eos, frr, ios, junos
from simulator.platforms.base import Cli, Host, State
from simulator.platforms.reading import TextState
from simulator.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Platform:
    """One family of devices: what it remembers, what its command line is, what its SSH server calls itself."""

    state: Callable[[Host], State]
    cli: Callable[[Host, Terminal, str], Cli]
    ssh_version: str


PLATFORMS: dict[str, Platform] = {
    "ios": Platform(ios.IosState, ios.IosCli, "Cisco-1.25"),
    "eos": Platform(partial(TextState, generate=eos.generate), eos.EosCli, "OpenSSH_8.7"),
    "junos": Platform(partial(TextState, generate=junos.generate), junos.JunosCli, "OpenSSH_7.5"),
    "frr": Platform(partial(TextState, generate=frr.generate), frr.FrrCli, "OpenSSH_9.2"),
}
