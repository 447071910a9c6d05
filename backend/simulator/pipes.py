"""Output filters after `|`, as Cisco-like platforms spell them."""

from __future__ import annotations

import re
from collections.abc import Callable

FILTERS = ("include", "exclude", "begin", "section", "count")


def split_pipe(line: str) -> tuple[str, list[str]]:
    """A command line and the filters after it."""
    command, *filters = line.split("|")
    return command.rstrip(), [text.strip() for text in filters]


def apply_filter(text: str, spec: str) -> str | None:
    """Text through one filter; None when there is no such filter."""
    name, _, pattern = spec.partition(" ")
    names = [known for known in FILTERS if known.startswith(name.lower())] if name else []
    if len(names) != 1 or not pattern.strip():
        return None
    try:
        matches = re.compile(pattern.strip().strip('"')).search
    except re.error:
        return None
    lines = text.splitlines()
    if names[0] == "include":
        kept = [line for line in lines if matches(line)]
    elif names[0] == "exclude":
        kept = [line for line in lines if not matches(line)]
    elif names[0] == "begin":
        first = next((index for index, line in enumerate(lines) if matches(line)), len(lines))
        kept = lines[first:]
    elif names[0] == "section":
        kept = _sections(lines, matches)
    else:
        return f"Number of lines which match regexp = {sum(1 for line in lines if matches(line))}\n"
    return "".join(f"{line}\n" for line in kept)


def _sections(lines: list[str], matches: Callable[[str], object]) -> list[str]:
    kept: list[str] = []
    inside = -1
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if inside >= 0 and indent <= inside:
            inside = -1
        if inside < 0 and matches(line):
            inside = indent
        if inside >= 0:
            kept.append(line)
    return kept
