"""A command's output as a table, where ntc-templates knows the command."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from networkops.platforms import PLATFORMS

LONGEST, LONGEST_LINE = 300_000, 500
"""Characters of a text and of a line that are parsed: templates are regular expressions, and the text is a device's."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table_of(text: str, platform: str, command: str) -> Table | None:
    """None where no template knows the command, or the text does not look as the template says."""
    template = known(platform, command)
    if not template or len(text) > LONGEST or any(len(line) > LONGEST_LINE for line in text.splitlines()):
        return None
    from textfsm.parser import TextFSM, TextFSMError

    try:
        with Path(template).open(encoding="utf-8") as file:
            parser = TextFSM(file)
        rows = parser.ParseText(text)
    except (TextFSMError, OSError, ValueError) as error:
        log.info("output not parsed", extra={"command": command, "error": type(error).__name__})
        return None
    if not rows:
        return None
    return Table(tuple(name.lower() for name in parser.header), tuple(tuple(map(_cell, row)) for row in rows))


def _cell(value: Any) -> str:
    return ", ".join(map(_cell, value)) if isinstance(value, list) else str(value)


@lru_cache(maxsize=500)
def known(platform: str, command: str) -> str:
    """Path of the template for a command, without any filter behind it; empty where there is none."""
    row = PLATFORMS.get(platform)
    # vtysh answers in its own way, whatever Netmiko calls it
    if row is None or platform == "frr" or "|" in command:
        return ""
    folder, index = _index()
    found = index.GetRowMatch({"Platform": row.netmiko, "Command": command})
    return str(folder / str(index.index[found]["Template"]).partition(":")[0]) if found else ""


@lru_cache(maxsize=1)
def _index() -> tuple[Path, Any]:
    import ntc_templates
    from textfsm.clitable import CliTable

    folder = Path(ntc_templates.__file__).parent / "templates"
    return folder, CliTable("index", str(folder)).index
