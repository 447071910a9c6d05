"""Filters and order of lists. A parameter that means nothing is refused: ignored, it would widen the answer unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from api.fields import LARGEST_ID

PAGE_PARAMETERS = frozenset({"page", "page_size", "pagination", "cursor", "ordering", "fields"})

MOST_WORDS = 10
"""Of a search; each further one would cost, and tell hardly anything."""


class IdFilter(django_filters.Filter):
    """Rows that point at this id; an id that nobody has is in none."""

    field_class = forms.IntegerField

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, min_value=1, max_value=LARGEST_ID, **kwargs)


class WholeFilter(django_filters.Filter):
    """Rows with this whole number."""

    field_class = forms.IntegerField


class SearchFilter(django_filters.CharFilter):
    """`SearchFilter("name", "site__name")`: rows in which every word is part of one of the columns."""

    def __init__(self, *columns: str, **kwargs: Any) -> None:
        super().__init__(label="Search", **kwargs)
        self.columns = columns

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in (value or "").split()[:MOST_WORDS]:
            qs = qs.filter(reduce(or_, (Q(**{f"{column}__icontains": word}) for column in self.columns)))
        return qs


class ListFilterBackend(DjangoFilterBackend):
    """The view's `filterset_class`, then `?ordering=` among its `order_by` (name → column),
    with `order_after` to break ties."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        known = set(filterset.filters) if filterset else set()
        taken: frozenset[str] = getattr(view, "list_parameters", PAGE_PARAMETERS)
        refuse_empty(request.query_params)
        refuse_unknown(request.query_params, known | taken, "There is no such parameter.")
        rows = filtered(filterset) if filterset else queryset
        wanted = request.query_params.get("ordering", "")
        return (
            ordered(rows, wanted, getattr(view, "order_by", {}), getattr(view, "order_after", ())) if wanted else rows
        )


def refuse_empty(given: Mapping[str, Any]) -> None:
    if empty := sorted(name for name, value in given.items() if value == ""):
        raise ValidationError({name[:100]: ["Give a value, or leave it out."] for name in empty})


def refuse_unknown(given: Mapping[str, Any], known: set[str] | frozenset[str], words: str) -> None:
    if unknown := sorted(set(given) - known):
        raise ValidationError({name[:100]: [words] for name in unknown})


def filtered(filterset: django_filters.FilterSet) -> QuerySet[Any]:
    """The filter's rows; raises ValidationError for a value that it does not understand."""
    if not filterset.is_valid():
        raise ValidationError(form_errors(filterset.form))
    cleaned = filterset.form.cleaned_data
    # a boolean that is none becomes None, which would mean "do not filter", and for pages 2 is a word for yes
    lost = [
        name
        for name, value in filterset.data.items()
        if value != "" and (cleaned.get(name, value) is None or _is_no_boolean(filterset.form.fields.get(name), value))
    ]
    if lost:
        raise ValidationError({name: ["Not a valid value."] for name in lost})
    rows: QuerySet[Any] = filterset.qs
    return rows


def _is_no_boolean(field: forms.Field | None, value: object) -> bool:
    return isinstance(field, forms.NullBooleanField) and str(value).lower() not in {"true", "false"}


def read_query(form: type[forms.Form], given: QueryDict) -> dict[str, Any]:
    """What the query string says, by a form; raises ValidationError for names and values that it does not know."""
    refuse_unknown(given, set(form.base_fields), "There is no such parameter.")
    bound = form(given)
    if not bound.is_valid():
        raise ValidationError(form_errors(bound))
    return bound.cleaned_data


def form_errors(form: forms.Form) -> dict[str, list[str]]:
    return {name: [str(error) for error in errors] for name, errors in form.errors.items()}


def ordered(rows: QuerySet[Any], wanted: str, choices: Mapping[str, str], after: Sequence[str]) -> QuerySet[Any]:
    """Rows in the wanted order ("-created_at,hostname"), ended by the id so that pages never overlap."""
    columns: dict[str, str] = {}
    for name in wanted.split(","):
        if name.removeprefix("-") not in choices:
            raise ValidationError({"ordering": [f"Order by {', '.join(choices)}; a minus before it turns it round."]})
        columns.setdefault(choices[name.removeprefix("-")], "-" if name.startswith("-") else "")
    first = next(iter(columns.values()))
    for column in (*after, "pk"):
        columns.setdefault(column, first)
    return rows.order_by(*(f"{sign}{column}" for column, sign in columns.items()))


def from_json(values: Mapping[str, Any]) -> QueryDict:
    """A JSON object as the query string that a filter reads; raises ValidationError for what cannot stand in one."""
    query = QueryDict(mutable=True)
    for name, value in values.items():
        if isinstance(value, bool):
            query[name] = "true" if value else "false"
        elif isinstance(value, int | str):
            query[name] = str(value)
        else:
            raise ValidationError({name: ["Text, a whole number, true or false is expected."]})
    return query
