"""Read a device's running configuration and prove that it is the whole one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from networkops.platforms import PLATFORMS, Platform
from networkops.types import FetchedConfig, Log, PlatformConnection

_PAGER = re.compile(r"^\s*(--\s?More\s?--|<--- More --->|---\(more.*\)---)", re.IGNORECASE | re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


def fetch_config(conn: PlatformConnection, params: Mapping[str, Any], log: Log) -> FetchedConfig:
    """The configuration text with "\\n" line ends, and in words what speaks against its being whole. No params."""
    text = _clean(conn.running_config())
    lines = text.count("\n")
    log(f"running configuration: {lines:,} line{'' if lines == 1 else 's'}, {_size(text)}")
    problems = tuple(find_problems(text, conn.platform.key))
    return FetchedConfig(text, problems)


def find_problems(text: str, platform: str) -> list[str]:
    """What speaks against `text` being a whole configuration of that platform; empty when it proved to be."""
    if not text.strip():
        return ["the device sent an empty configuration"]
    row = PLATFORMS[platform]
    problems = [_incomplete(text, row)]
    if _PAGER.search(text):
        problems.append("paging was still on: the text holds a 'More' prompt")
    if control := len(_CONTROL.findall(text)):
        problems.append(f"the text holds {control:,} unprintable character{'' if control == 1 else 's'}")
    return [problem for problem in problems if problem]


def _incomplete(text: str, row: Platform) -> str:
    if row.proof == "end":
        last = text.rstrip().rpartition("\n")[2].strip()
        return "" if re.search(row.end_marker, last) else f"no end marker: the last line is '{last[:60]}'"
    if row.proof == "braces":
        opened, closed = _braces(text)
        return "" if opened == closed and opened else f"{opened:,} blocks are opened, but {closed:,} closed"
    return ""


def _braces(text: str) -> tuple[int, int]:
    """Lines that open and lines that close a block; braces inside values don't count."""
    lines = [line.partition(" ## ")[0].rstrip() for line in text.splitlines()]
    return sum(line.endswith("{") for line in lines), sum(line.strip() in ("}", "};") for line in lines)


def _clean(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\r", "").split("\n")]
    whole = "\n".join(lines).strip("\n")
    return f"{whole}\n" if whole else ""


def _size(text: str) -> str:
    size = len(text.encode())
    return f"{size / 1000:.1f} kB" if size >= 1000 else f"{size} bytes"
