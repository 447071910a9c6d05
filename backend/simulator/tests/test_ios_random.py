"""Random configurations out of the tables: whatever is allowed is printed so that it reads back, and nothing breaks."""

from __future__ import annotations

import random

import pytest

from simulator import DeviceSpec, Fleet
from simulator.platforms.ios import show
from simulator.platforms.ios.cli import IosCli
from simulator.platforms.ios.config_tables import MODES
from simulator.platforms.ios.exec_grammar import exec_table
from simulator.platforms.ios.state import IosState, parse
from simulator.platforms.ios.tree import ConfigEditor, render
from simulator.terminal import Terminal

VALUES = {
    "WORD": ("x", "10.0.0.9", "foo-bar", "2001:db8::1", "Gi0/1"),
    "INT": ("1", "65000", "0"),
    "ADDR": ("10.1.2.3", "192.168.0.1"),
    "MASK": ("255.255.255.0", "255.255.255.252", "255.0.0.0"),
    "PREFIX6": ("2001:DB8::5/64",),
    "ADDR6": ("FE80::1",),
    "IFNAME": ("Gi0/0", "lo7", "vlan 12", "te1/1"),
    "REST": ("a b c", "5 x", "secret abc", "0 y"),
}
# Banners take more than a line, and leaving a block is no line of it.
PATTERNS = {
    name: [line.removeprefix("~") for line in table.splitlines() if line and not line.startswith(("banner", "exit"))]
    for name, (_, table) in MODES.items()
}


def line_of(pattern: str, source: random.Random) -> str:
    """One line that a pattern allows."""
    words = []
    for token in pattern.partition(" > ")[0].replace(" = ", " ").split():
        if token.startswith("[") and source.random() < 0.5:
            break
        word = token.strip("[]")
        words.append(source.choice(VALUES.get(word) or word.split("|")))
    return " ".join(words)


def edit(state: IosState, source: random.Random, lines: int) -> None:
    editor = ConfigEditor(state.tree)
    for _ in range(lines):
        if source.random() < 0.2:
            editor.path = editor.path[:1]
        line = line_of(source.choice(PATTERNS[editor.mode.name]), source)
        prefix = source.choices(("", "no ", "default "), (70, 27, 3))[0]
        assert editor.feed(prefix + line) is None, (editor.mode.name, prefix + line)
    state.touch("somebody")


@pytest.mark.parametrize("seed", range(8))
async def test_random_configurations(seed: int) -> None:
    source = random.Random(seed)
    fleet = Fleet([DeviceSpec("d-1", seed=seed)])
    device = fleet["d-1"]
    state = device.state
    assert isinstance(state, IosState)
    for _ in range(3):
        edit(state, source, 150)
        tree, errors = parse(device.running_config)
        assert errors == []
        assert render(tree) == device.running_config
        cli = device.platform.cli(device, Terminal(lambda text: None, interactive=False), "admin")
        for pattern in exec_table(privileged=True):
            if pattern.startswith("show "):
                await cli.execute(line_of(pattern, source))


def test_every_command_has_its_code() -> None:
    for name in exec_table(privileged=True).values():
        assert name in show.COMMANDS if name.startswith("show_") else hasattr(IosCli, f"do_{name}"), name
