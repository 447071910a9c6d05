"""Pages of a list: `?page=2&page_size=100`, or `?pagination=cursor`, which stays in step while rows come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page, Paginator
from django.db import connections
from django.db.models import DateTimeField, F, Field, Model, Q, QuerySet, TextField, Value
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.pagination import PageNumberPagination as Base
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.paging import LongList, read_order
from core.reading import AT_ONCE

PAGE_SIZE = 50
LARGEST_PAGE = 1000


class IdsFirst(Paginator):
    """Finds a page's ids, then its rows: whole rows of a hundred thousand are neither joined nor sorted for fifty."""

    def __init__(self, rows: QuerySet[Any], per_page: int, few: Sequence[str] = ()) -> None:
        super().__init__(rows, per_page)
        self._found = LongList(rows, few)

    @property
    def count(self) -> int:
        return self._found.total

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        rows: Any = self.object_list
        ids = self._found.ids((number - 1) * self.per_page, number * self.per_page)
        parts = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
        found = {row.pk: row for part in parts for row in rows.order_by().filter(pk__in=part)}
        return Page([found[pk] for pk in ids if pk in found], number, self)


class PageNumberPagination(Base):
    """`{count, next, previous, results}`; a page past the end is 404."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        page_size_of(request)
        self.django_paginator_class = partial(IdsFirst, few=getattr(view, "few", ()))  # type: ignore[assignment]
        return super().paginate_queryset(in_order(queryset, columns_of(queryset)), request, view)


class CursorPagination(BasePagination):
    """`{next, previous, results}`: rows after the last one of a page, in any order, however many came meanwhile."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.url = remove_query_param(request.build_absolute_uri(), "pagination")
        self.columns = columns_of(queryset)
        self.size = page_size_of(request)
        position, is_forward = None, True
        if given := request.query_params.get("cursor"):
            position, is_forward = self._read(given)
        rows = in_order(queryset, self.columns, forward=is_forward)
        if position is not None:
            rows = rows.filter(beyond(self.columns, position, forward=is_forward))
        found = list(rows[: self.size + 1])
        has_more = len(found) > self.size
        page = found[: self.size] if is_forward else found[: self.size][::-1]
        has_next, has_previous = (has_more, position is not None) if is_forward else (True, has_more)
        self.next = self._link(page[-1], forward=True) if page and has_next else None
        self.previous = self._link(page[0], forward=False) if page and has_previous else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def _link(self, row: Model, *, forward: bool) -> str:
        values = [_value(row, column.path) for column in self.columns]
        cursor = signing.dumps([self._order(), forward, values], salt="api.cursor", compress=True)
        return replace_query_param(self.url, "cursor", cursor)

    def _read(self, given: str) -> tuple[list[Any], bool]:
        try:
            order, is_forward, values = signing.loads(given, salt="api.cursor")
        except signing.BadSignature:
            raise ValidationError({"cursor": ["This is no cursor of ours; take it from next or previous."]}) from None
        if order != self._order():
            raise ValidationError({"cursor": ["This cursor is of a list in another order."]})
        return values, is_forward

    def _order(self) -> str:
        return ",".join(f"{'-' * column.descending}{column.path}" for column in self.columns)


def paginator_for(request: Request | None) -> BasePagination:
    """By cursor where the client asks for it."""
    given = request.query_params if isinstance(request, Request) else {}
    kind = given.get("pagination", "cursor" if given.get("cursor") else "page")
    if kind not in {"page", "cursor"}:
        raise ValidationError({"pagination": ["Use page or cursor."]})
    if kind == "cursor" and "page" in given:
        raise ValidationError({"page": ["A list by cursor has no numbered pages."]})
    if kind == "page" and "cursor" in given:
        raise ValidationError({"cursor": ["A list by numbered pages has no cursor."]})
    return CursorPagination() if kind == "cursor" else PageNumberPagination()


def page_size_of(request: Request) -> int:
    given = request.query_params.get("page_size", str(PAGE_SIZE))
    if not (given.isascii() and given.isdecimal() and int(given[:20])):
        raise ValidationError({"page_size": [f"A whole number from 1 to {LARGEST_PAGE} is expected."]})
    return min(int(given[:20]), LARGEST_PAGE)


@dataclass(frozen=True, slots=True)
class Column:
    path: str
    descending: bool
    nullable: bool
    is_moment_as_text: bool = False
    """SQLite holds moments as text: in two forms, by whether Django or the database itself has set them."""

    def compared(self, value: Any, word: str) -> Q:
        """The condition that the column is the value, or `gt` or `lt` of it."""
        if not self.is_moment_as_text:
            return Q(**{f"{self.path}__{word}": value})
        forms = sorted(_forms(datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)))
        texts = [Value(form, output_field=TextField()) for form in forms]
        if word == "exact":
            return Q(**{f"{self.path}__in": texts})
        return Q(**{f"{self.path}__{word}": texts[0] if word in {"lt", "gte"} else texts[-1]})


def columns_of(rows: QuerySet[Any]) -> list[Column]:
    """What the rows are ordered by, ended by the id so that no two stand in the same place."""
    model = rows.model
    columns: list[Column] = []
    for given in rows.query.order_by or model._meta.ordering or ("pk",):
        path, descending = read_order(given)
        path = "pk" if path == model._meta.pk.name else path
        field, nullable = _field(model, path)
        as_text = isinstance(field, DateTimeField) and connections[rows.db].vendor == "sqlite"
        columns.append(Column(path, descending, nullable, as_text))
    if not any(column.path == "pk" for column in columns):
        columns.append(Column("pk", columns[0].descending, False))
    return columns


def _field(model: Any, path: str) -> tuple[Field[Any, Any] | None, bool]:
    """The column at the end of a path, and whether it may be missing. None is for what the query computes."""
    nullable = False
    field = None
    for name in path.split("__"):
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None, True
        nullable = nullable or getattr(field, "null", True)
        model = field.related_model
    return field, nullable


def _forms(moment: datetime) -> set[str]:
    by_django = str(moment)
    return {by_django} if moment.microsecond % 1000 else {by_django, moment.isoformat(" ", "milliseconds")}


def in_order(rows: QuerySet[Any], columns: Sequence[Column], *, forward: bool = True) -> QuerySet[Any]:
    """The same order on every database: what is missing counts as the largest."""
    order = []
    for column in columns:
        down = column.descending == forward
        nulls = {("nulls_first" if down else "nulls_last"): True} if column.nullable else {}
        name = F(column.path)
        order.append(name.desc(**nulls) if down else name.asc(**nulls))
    return rows.order_by(*order)


def beyond(columns: Sequence[Column], position: Sequence[Any], *, forward: bool) -> Q:
    """The condition on rows that stand after a position."""
    nothing = Q(pk__in=[])
    found = nothing
    for column, value in reversed(list(zip(columns, position, strict=True))):
        down = column.descending == forward
        if value is None:
            further = Q(**{f"{column.path}__isnull": False}) if down else nothing
            same = Q(**{f"{column.path}__isnull": True})
        else:
            further = column.compared(value, "lt" if down else "gt")
            if column.nullable and not down:
                further |= Q(**{f"{column.path}__isnull": True})
            same = column.compared(value, "exact")
        found = further | (same & found)
    first, value = columns[0], position[0]
    if value is not None and not first.nullable:
        # says nothing new, but lets the database begin in the middle of an index
        found &= first.compared(value, "lte" if first.descending == forward else "gte")
    return found


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None)
    if isinstance(row, date):
        return row.isoformat()
    return row if isinstance(row, int | float | str | None) else str(row)
