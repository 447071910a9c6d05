"""Pages of a long list, at the same price wherever they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django_htmx.http import push_url

M = TypeVar("M", bound=Model)
SIZES = (25, 50, 100, 250)
DEFAULT_SIZE = 50
DEEPEST = 10_000
"""The last page of a list that is not counted."""


class _Counted(Paginator):
    """A paginator that was told the count. Its `object_list` is not used."""

    def __init__(self, size: int, count: int) -> None:
        super().__init__([], size)
        self.count = count


def page_size(query: QueryDict) -> int:
    size = query.get("size", "")
    return int(size) if size in map(str, SIZES) else DEFAULT_SIZE


def page_number(query: QueryDict, last: int) -> int:
    """The asked-for page, moved into the list."""
    asked = query.get("page", "1")
    return max(1, min(int(asked) if asked.isdecimal() and len(asked) < 10 else 1, last))


def counted_page(
    rows: QuerySet[M], load: QuerySet[M], query: QueryDict, *, groups: tuple[str, Sequence[int]] | None = None
) -> Page[M]:
    """The page of `rows` that the query asks for, with an exact count.

    `rows` is filtered, and ordered down to the primary key. Only the ids of the page are read from it, from the nearer
    end: that an index alone can answer. `load` then brings those rows with whatever the page shows of them.

    Where the order begins with another table's column no index helps. Then `groups` names the foreign key and all its
    values in that order: they are counted one by one, and only those that the page touches are sorted.
    """
    size = page_size(query)
    sizes = _sizes(rows, *groups) if groups else {}
    total = sum(sizes.values()) if groups else rows.order_by().count()
    paginator: Paginator[M] = _Counted(size, total)
    number = page_number(query, paginator.num_pages)
    start, end = (number - 1) * size, min(number * size, total)
    if groups:
        touched, before = _touched(sizes, start, end)
        rows = rows.filter(**{f"{groups[0]}__in": touched})
        ids = list(rows.values_list("pk", flat=True)[start - before : end - before])
    elif start > total // 2:
        ids = list(rows.reverse().values_list("pk", flat=True)[total - end : total - start])[::-1]
    else:
        ids = list(rows.values_list("pk", flat=True)[start:end])
    return Page(_in_order(load, ids), number, paginator)


def _sizes(rows: QuerySet[M], name: str, keys: Sequence[int]) -> dict[int, int]:
    """How many rows each group has, in the order of the keys."""
    counted = dict(rows.order_by().values_list(name).annotate(rows=Count("pk")))
    return {key: counted[key] for key in keys if key in counted}


def _touched(sizes: dict[int, int], start: int, end: int) -> tuple[list[int], int]:
    """The groups that have rows between two positions, and how many rows lie before the first of them."""
    touched: list[int] = []
    before = position = 0
    for key, size in sizes.items():
        if position < end and position + size > start:
            before = before if touched else position
            touched.append(key)
        position += size
    return touched, before


def open_page(rows: QuerySet[M], load: QuerySet[M], query: QueryDict) -> Page[M]:
    """The same for a list that nobody counts: one row more than the page shows tells whether another page follows."""
    size = page_size(query)
    number = page_number(query, DEEPEST)
    start = (number - 1) * size
    ids = list(rows.values_list("pk", flat=True)[start : start + size + 1])
    return Page(_in_order(load, ids[:size]), number, _Counted(size, start + len(ids)))


def _in_order(load: QuerySet[M], ids: Sequence[int]) -> list[M]:
    found = {row.pk: row for row in load.filter(pk__in=ids)} if ids else {}
    return [found[pk] for pk in ids if pk in found]


def tidy_url(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the address bar show only parameters that say something: a filter form sends its empty ones too."""
    if not request.htmx:  # type: ignore[attr-defined]
        return response
    query = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if kept := [value for value in values if value]:
            query.setlist(name, kept)
    words = query.urlencode()
    return push_url(response, f"{request.path}?{words}" if words else request.path)
