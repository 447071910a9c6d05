"""The configuration language of the IOS-like platform, compiled from its tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from simulator.grammar import Grammar
from simulator.platforms.ios.config_tables import MODES


@dataclass(frozen=True, slots=True)
class ConfigRule:
    """One kind of configuration line."""

    rank: int
    group: int
    opens: str = ""
    keeps_no: bool = False


@dataclass(frozen=True, slots=True)
class Mode:
    """A configuration mode: what its prompt says and which lines it knows."""

    name: str
    prompt: str
    grammar: Grammar[ConfigRule]


@cache
def modes() -> dict[str, Mode]:
    """All modes by name, compiled once."""
    return {name: Mode(name, prompt, _compile(table)) for name, (prompt, table) in MODES.items()}


def _compile(table: str) -> Grammar[ConfigRule]:
    grammar: Grammar[ConfigRule] = Grammar()
    group = rank = 0
    first_word = ""
    for line in table.splitlines():
        if not line:
            group += 1
            continue
        pattern, _, opens = line.removeprefix("~").partition(" > ")
        # Lines that start with the same word keep the order they were entered in (a neighbor's, an ACL's).
        word = f"{group} {pattern.split()[0]}"
        rank, first_word = rank + (word != first_word), word
        grammar.add(pattern, ConfigRule(rank, group, opens, line.startswith("~")))
    return grammar
