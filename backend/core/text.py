"""Text from outside, made fit for every database and for UTF-8."""

from __future__ import annotations

import re

_UNFIT = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with `�` for each NUL, which PostgreSQL refuses, and each lone surrogate, which UTF-8 cannot hold."""
    return _UNFIT.sub("�", text)
