"""Rows as JSON at speed: a list of a thousand is read by people who wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Model, Prefetch
from django.utils.functional import cached_property
from rest_framework import serializers

M = TypeVar("M", bound=Model)

AS_THEY_ARE = (
    serializers.CharField,
    serializers.IntegerField,
    serializers.FloatField,
    serializers.BooleanField,
    serializers.ChoiceField,
    serializers.JSONField,
)


def listed(name: str) -> Prefetch[Any]:
    """What reads a many-to-many field of all rows at once, for `RowSerializer`.

    As plain lists: a manager and a query set for each row would take a fifth of a long list's time.
    """
    return Prefetch(name, to_attr=f"listed_{name}")


def moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


class RowSerializer(serializers.ModelSerializer[M]):
    """A ModelSerializer for answers. What JSON takes as it is goes straight from the column into it.

    Of a many-to-many field it takes what `listed` has read.
    """

    def to_representation(self, instance: M) -> dict[str, Any]:
        return {name: get(instance) for name, get in self._getters}

    @cached_property
    def _getters(self) -> list[tuple[str, Callable[[Any], Any]]]:
        return [(name, _getter(field)) for name, field in self.fields.items() if not field.write_only]


def _getter(field: Any) -> Callable[[Any], Any]:
    is_column = len(field.source_attrs) == 1
    if is_column and type(field) in AS_THEY_ARE:
        return attrgetter(str(field.source))
    if is_column and type(field) is serializers.DateTimeField:
        read = attrgetter(str(field.source))
        return lambda row: moment(read(row))
    if is_column and type(field) is serializers.PrimaryKeyRelatedField:
        return attrgetter(f"{field.source}_id")
    if isinstance(field, serializers.ManyRelatedField):
        many = attrgetter(f"listed_{field.source}")
        return lambda row: field.to_representation(many(row))

    def get(row: Any) -> Any:
        value = field.get_attribute(row)
        return None if value is None else field.to_representation(value)

    return get
