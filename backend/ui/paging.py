"""Which page of a list is shown, and how it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django_htmx.http import push_url

from core.paging import LongList

M = TypeVar("M", bound=Model)
T = TypeVar("T")
SIZES = (25, 50, 100, 250)
DEFAULT_SIZE = 50
DEEPEST = 10_000
"""The last page of a list that is not counted."""


class _Counted(Paginator):
    """A paginator that was told the count. Its `object_list` is not used."""

    def __init__(self, size: int, count: int) -> None:
        super().__init__([], size)
        self.count = count


def searched(query: QueryDict) -> str:
    """What stands in the list's search box, without what PostgreSQL takes in no text."""
    return query.get("q", "").replace("\x00", "").strip()


def page_size(query: QueryDict) -> int:
    size = query.get("size", "")
    return int(size) if size in map(str, SIZES) else DEFAULT_SIZE


def page_number(query: QueryDict, last: int) -> int:
    """The asked-for page, moved into the list."""
    asked = query.get("page", "1")
    return max(1, min(int(asked) if asked.isdecimal() and len(asked) < 10 else 1, last))


def counted_page(
    rows: QuerySet[Any], load: QuerySet[Any, T], query: QueryDict, *, few: Sequence[str] = (),
    total: int | None = None, key: Callable[[T], int] = attrgetter("pk"),
) -> Page[T]:  # fmt: skip
    """The page of `rows` that the query asks for, with an exact count; `few` and `total` as in `LongList`.

    `rows` is filtered, and ordered down to the primary key. `load` brings the page's rows with what it shows of them,
    `key` tells their ids.
    """
    size, found = page_size(query), LongList(rows, few, total)
    paginator: Paginator[Any] = _Counted(size, found.total)
    number = page_number(query, paginator.num_pages)
    return Page(_in_order(load, found.ids((number - 1) * size, number * size), key), number, paginator)


def open_page(rows: QuerySet[M], load: QuerySet[M], query: QueryDict) -> Page[M]:
    """The same for a list that nobody counts: one row more than the page shows tells whether another page follows."""
    size = page_size(query)
    number = page_number(query, DEEPEST)
    start = (number - 1) * size
    ids = list(rows.values_list("pk", flat=True)[start : start + size + 1])
    return Page(_in_order(load, ids[:size], attrgetter("pk")), number, _Counted(size, start + len(ids)))


def _in_order(load: QuerySet[Any, T], ids: Sequence[int], key: Callable[[T], int]) -> list[T]:
    found = {key(row): row for row in load.order_by().filter(pk__in=ids)} if ids else {}
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
