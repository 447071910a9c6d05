"""A device's captures as a timeline: equal ones that follow each other become one entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from config_mgmt.models import ConfigSnapshot
from terminals.models import TerminalSession


@dataclass(frozen=True, slots=True)
class Entry:
    """Captures of one result in a row, newest first."""

    newest: ConfigSnapshot
    oldest: ConfigSnapshot
    count: int
    sessions: Sequence[TerminalSession] = ()
    """During which the configuration became this one."""

    @property
    def snapshot(self) -> ConfigSnapshot:
        """The one that the entry leads to: that which made the version, or the last of the others."""
        return self.oldest if self.oldest.is_new_version else self.newest

    @property
    def confirmed(self) -> int:
        """How often the version was seen again."""
        return self.count - self.oldest.is_new_version


def folded(
    newest_first: Iterable[ConfigSnapshot], sessions: Mapping[int, Sequence[TerminalSession]] = MappingProxyType({})
) -> Iterator[Entry]:
    """`sessions` are by version."""
    for _, rows in groupby(newest_first, key=lambda row: (row.status, row.version, row.problems)):
        group = list(rows)
        yield Entry(group[0], group[-1], len(group), sessions.get(group[-1].version or 0, ()))
