"""Pages of a long, ordered list, at about the same price wherever they lie."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.expressions import OrderBy

from core.postgresql.plans import in_index_order
from core.tenancy import EVERY, current

MANY, DEEP = 10_000, 500
"""Of how many rows, and how many places from the nearer end, an index is walked along whatever the planner thinks."""


def read_order(given: Any) -> tuple[str, bool]:
    """The path of a column in `order_by`, empty for what is more than a column, and whether it descends."""
    if isinstance(given, OrderBy):
        return read_order(given.expression)[0], given.descending
    if isinstance(given, F):
        return given.name, False  # type: ignore[attr-defined]
    return (given.removeprefix("-"), given.startswith("-")) if isinstance(given, str) else ("", False)


class LongList:
    """How many `rows` there are, and the ids of those between two places; `rows` are ordered down to the primary key.

    Only ids are read, from the nearer end: that an index alone can answer. Where the order begins with another table's
    column no index helps. Then, if that table is one of the `few` (names of foreign keys that have few values), its
    rows are counted one by one, and only those that the page touches are sorted. `total`: how many there are, where
    that is known already.
    """

    def __init__(self, rows: QuerySet[Any], few: Sequence[str] = (), total: int | None = None) -> None:
        self._rows = rows
        if total is not None:
            self.total = total
        path, descending = read_order(rows.query.order_by[0])
        self._descending = descending == rows.query.standard_ordering
        self._key, _, self._column = path.partition("__")
        self._grouped = bool(self._column) and self._key in few

    @cached_property
    def total(self) -> int:
        return sum(size for _, size in self._groups) if self._grouped else self._rows.order_by().count()

    def ids(self, start: int, end: int) -> list[int]:
        rows, total, end = self._rows, self.total, min(end, self.total)
        if start >= total:
            return []
        if self._grouped:
            keys, before, total = self._touched(start, end)
            rows, start, end = rows.filter(**{f"{self._key}__in": keys}), start - before, end - before
        backwards = start > total // 2
        if backwards:
            rows, start, end = rows.reverse(), total - end, total - start
        with in_index_order(rows.db) if total >= MANY and start >= DEEP and self._indexed() else nullcontext():
            ids = list(rows.values_list("pk", flat=True)[start:end])
        return ids[::-1] if backwards else ids

    def _indexed(self) -> bool:
        """Whether an index may have the order: of a column of the table itself, in one customer's rows or in all.

        For several customers the index of all rows would be walked along, few as theirs may be.
        """
        scope = current()
        return bool(self._key) and not self._column and (scope is EVERY or len(scope) == 1)

    @cached_property
    def _groups(self) -> list[tuple[list[int], int]]:
        """In the order of the list: keys of equal names, and how many rows they have together."""
        sizes = dict(self._rows.order_by().values_list(self._key).annotate(rows=Count("*")))
        others = self._rows.model._meta.get_field(self._key).related_model._default_manager
        named = others.order_by(f"{'-' * self._descending}{self._column}").values_list(self._column, "pk")
        equal = ([key for _, key in keys if key in sizes] for _, keys in groupby(named.iterator(), lambda row: row[0]))
        return [(keys, sum(sizes[key] for key in keys)) for keys in equal if keys]

    def _touched(self, start: int, end: int) -> tuple[list[int], int, int]:
        """The keys that have rows between two places, how many rows lie before them, and how many they have."""
        touched: list[int] = []
        before = position = size = 0
        for keys, rows in self._groups:
            if position < end and position + rows > start:
                before = before if touched else position
                size += rows
                touched += keys
            position += rows
        return touched, before, size
