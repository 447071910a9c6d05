"""What services answer when they cannot do what was asked."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """Not possible in the state that things are in; says why, in words for the user."""


class RowsRefused(Exception):
    """Some of many rows were refused, and nothing was written: what was wrong, by position."""

    def __init__(self, errors: Mapping[int, Exception]) -> None:
        super().__init__(f"{len(errors)} rows refused")
        self.errors = dict(errors)
