"""A command's output as a table, where a template knows the command: our own, ntc-templates', or TTP's."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from networkops.parsers.aside import parse
from networkops.platforms import PLATFORMS

LONGEST = 300_000
"""Characters of a text that is parsed."""
OWN = Path(__file__).parent / "templates"
"""Ours, by the keys of the platform table, with an index as ntc-templates has one."""
_NTC_NAMES = {"huawei": "huawei_vrp", "nokia_sros": "alcatel_sros", "cisco_wlc": "cisco_wlc_ssh"}
"""Where ntc-templates has another name for a platform than Netmiko."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A file of a package or of ours: TTP's language can run code, so nobody else's is ever read."""

    language: str
    path: Path


def table_of(text: str, platform: str, command: str) -> Table | None:
    """None where no template knows the command, or the text does not look as the template says."""
    template = known(platform, command)
    if template is None or len(text) > LONGEST:
        return None
    found = parse(template.language, str(template.path), text)
    if found is None:
        log.info("output not parsed", extra={"command": command, "template": template.path.name})
        return None
    return Table(tuple(found["columns"]), tuple(map(tuple, found["rows"])))


@lru_cache(maxsize=500)
def known(platform: str, command: str) -> Template | None:
    """The template for a command without any filter behind it."""
    row = PLATFORMS.get(platform)
    if row is None or "|" in command:
        return None
    if path := _indexed(OWN, row.key, command):
        return Template("textfsm", path)
    if row.key == "frr":
        return None  # vtysh answers in its own way, whatever Netmiko calls it
    if path := _indexed(_templates_of("ntc_templates", "templates"), _NTC_NAMES.get(row.netmiko, row.netmiko), command):
        return Template("textfsm", path)
    # TTP's files are called after a platform and a command
    name = re.sub("[ -]", "_", f"{row.netmiko}_{command}.txt".lower())
    return Template("ttp", path) if (path := _ttp_files().get(name)) else None


def _indexed(folder: Path, platform: str, command: str) -> Path | None:
    index = _index(folder)
    found = index.GetRowMatch({"Platform": platform, "Command": command})
    return folder / str(index.index[found]["Template"]).partition(":")[0] if found else None


@lru_cache(maxsize=2)
def _index(folder: Path) -> Any:
    from textfsm.clitable import CliTable

    return CliTable("index", str(folder)).index


@lru_cache(maxsize=1)
def _ttp_files() -> dict[str, Path]:
    return {path.name: path for path in _templates_of("ttp_templates", "platform").glob("*.txt")}


def _templates_of(package: str, folder: str) -> Path:
    from importlib.util import find_spec

    found = find_spec(package)
    assert found and found.submodule_search_locations, f"{package} is not installed"
    return Path(found.submodule_search_locations[0]) / folder
