"""Configuration text without what changes by itself: the form in which two versions are compared."""

from __future__ import annotations

import re
from functools import cache

from networkops.platforms import PLATFORMS


@cache
def _volatile(platform: str) -> re.Pattern[str] | None:
    row = PLATFORMS.get(platform)
    return re.compile("|".join(f"(?:{regex})" for regex in row.volatile)) if row and row.volatile else None


def normalise(text: str, platform: str) -> str:
    """`text` without volatile lines, trailing space and blank lines at either end; ends in one newline, or is empty."""
    volatile = _volatile(platform)
    lines = [line.rstrip() for line in text.splitlines()]
    if volatile:
        lines = [line for line in lines if not volatile.search(line)]
    kept = "\n".join(lines).strip("\n")
    return f"{kept}\n" if kept else ""
