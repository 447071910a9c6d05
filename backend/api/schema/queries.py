"""Query parameters: filters, order and pages of lists, and the forms that read other queries."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, MinLengthValidator, RegexValidator
from django_filters.filterset import FilterSet
from rest_framework.views import APIView

from api.export import FORMATS
from api.pagination import LARGEST_PAGE, PAGE_SIZE
from api.schema.parts import ID, Schema


class Page:
    """A page of a list, as the paginators answer it."""

    def get_paginated_response_schema(self, schema: Schema) -> Schema:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "description": "A page of a list.",
            "properties": {
                "count": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "Rows of the whole list; absent from a list by cursor.",
                },
                "next": {**link, "description": "The address of the next page."},
                "previous": {**link, "description": "The address of the page before."},
                "results": schema,
            },
            "required": ["next", "previous", "results"],
        }


def parameter(name: str, schema: Schema, description: str, **more: Any) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _page_parameters() -> list[Schema]:
    number = {"type": "integer", "minimum": 1}
    kind = {"type": "string", "enum": ["page", "cursor"], "default": "page"}
    size = f"How many rows a page holds; above {LARGEST_PAGE} means {LARGEST_PAGE}."
    return [
        parameter("page", {**number, "default": 1}, "Which page of the list."),
        parameter("page_size", {**number, "default": PAGE_SIZE}, size),
        parameter("pagination", kind, "By cursor, pages stay in step while rows come and go."),
        parameter("cursor", {"type": "string", "minLength": 1}, "Where to go on; from `next` or `previous`."),
    ]


EXPORT_FORMAT = parameter(
    "format", {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]}, "What kind of file."
)
PAGE_PARAMETERS = _page_parameters()


def show_parameters(names: list[str]) -> list[Schema]:
    """`fields` of an answer with these fields."""
    one = f"({'|'.join(names)})"
    words = "Names of the fields to answer, joined by commas; all of them where it is left out."
    return [parameter("fields", {"type": "string", "pattern": f"^{one}(,{one})*$"}, words)]


def list_parameters(view: APIView, *, ordered: bool = True) -> list[Schema]:
    """The view's filters, and `ordering`."""
    found = []
    filterset: type[FilterSet] | None = getattr(view, "filterset_class", None)
    for name, row in (filterset.base_filters if filterset else {}).items():
        words = row.extra.get("help_text") or f"Only rows whose {(row.label or name).lower().replace('_', ' ')} fits."
        found.append(field_parameter(name, _field(row), words))
    if ordered and (names := list(getattr(view, "order_by", {}))):
        one = f"-?({'|'.join(names)})"
        words = f"Names joined by commas, a minus before one turns it round: {', '.join(names)}."
        found.append(parameter("ordering", {"type": "string", "pattern": f"^{one}(,{one})*$"}, words))
    return found


def filter_shape(filterset: type[FilterSet], without: frozenset[str] = frozenset()) -> dict[str, Schema]:
    """What each of the filters takes when it stands in a JSON object."""
    rows = filterset.base_filters.items()
    return {name: field_schema(_field(row)) for name, row in rows if name not in without}


def _field(row: Any) -> forms.Field:
    """The filter's form field. One that chooses among the user's rows is only looked at, never asked."""
    if callable(row.extra.get("queryset")):
        return forms.ModelChoiceField(queryset=None, required=False)
    return row.field


def form_parameters(form: type[forms.Form]) -> list[Schema]:
    """A form that reads a query: each field is one parameter, described by its help text."""
    base: dict[str, forms.Field] = form.base_fields
    return [field_parameter(name, field, str(field.help_text)) for name, field in base.items()]


def field_parameter(name: str, field: forms.Field, words: str) -> Schema:
    more: Schema = {"required": True} if field.required else {}
    if isinstance(field, forms.MultipleChoiceField):
        more |= {"style": "form", "explode": True}
        words += " Given more than once, one of them must fit."
    return parameter(name, field_schema(field), words, **more)


def field_schema(field: forms.Field) -> Schema:
    """What a form field takes, as a schema."""
    match field:
        case forms.ModelChoiceField():
            return dict(ID)
        case forms.MultipleChoiceField():
            return {"type": "array", "items": {"type": "string", "enum": _choices(field)}}
        case forms.ChoiceField() if not isinstance(field, forms.NullBooleanField):
            return {"type": "string", "enum": _choices(field)}
        case forms.FloatField() | forms.IntegerField():
            kind = "number" if isinstance(field, forms.FloatField) else "integer"
            lowest, highest = _bounds(field)
            large = (highest or 0) > 2**31 - 1
            bounds = {"minimum": lowest, "maximum": highest, "format": "int64" if large else None}
            return {"type": kind} | {name: value for name, value in bounds.items() if value is not None}
        case forms.NullBooleanField() | forms.BooleanField():
            return {"type": "boolean"}
        case forms.DateTimeField():
            return {"type": "string", "format": "date-time"}
        case forms.DateField():
            return {"type": "string", "format": "date"}
        case forms.GenericIPAddressField():
            return {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}
        case forms.UUIDField():
            return {"type": "string", "format": "uuid"}
    return {"type": "string", "minLength": 1, **_text_bounds(field)}


def _bounds(field: Any) -> tuple[float | None, float | None]:
    return field.min_value, field.max_value


def _text_bounds(field: forms.Field) -> Schema:
    bounds: Schema = {}
    for validator in field.validators:
        match validator:
            case MaxLengthValidator():
                bounds["maxLength"] = validator.limit_value
            case MinLengthValidator():
                bounds["minLength"] = validator.limit_value
            case RegexValidator():
                bounds["pattern"] = re.compile(validator.regex).pattern
    return bounds


def _choices(field: Any) -> list[str]:
    """Values, without the empty one that stands for "any"."""
    return [str(value) for value, _ in field.choices if value not in ("", None)]
