"""Fields and serializers for input: they take what they name, in the type that they name, and nothing else."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

LARGEST_ID = 2**63 - 1


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know, by name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name[:100]: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class Nothing(StrictSerializer):
    """The body of an action that takes no input."""


class IdField(serializers.Field[int, int, int, Any]):
    """The id of a row: a whole number, neither a string nor a boolean."""

    default_error_messages = {"invalid": "An id is a whole number above 0."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> int:
        if not is_id(data):
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: int) -> int:
        return value


class IdListField(serializers.Field[list[int], list[int], list[int], Any]):
    """Ids of rows. One field instead of a list of fields: a hundred thousand ids are read in milliseconds."""

    default_error_messages = {  # noqa: RUF012
        "not_a_list": "A list of ids is expected.",
        "empty": "Give at least one id.",
        "too_many": "At most {limit} ids at once.",
        "invalid": "An id is a whole number above 0; item {number} is not.",
    }

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit = limit

    def to_internal_value(self, data: Any) -> list[int]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if not data:
            self.fail("empty")
        if len(data) > self.limit:
            self.fail("too_many", limit=self.limit)
        for number, value in enumerate(data, 1):
            if not is_id(value):
                self.fail("invalid", number=number)
        return list(data)

    def to_representation(self, value: list[int]) -> list[int]:
        return value


class ObjectField(serializers.Field[dict[str, Any], dict[str, Any], dict[str, Any], Any]):
    """A JSON object, whose inside somebody else checks."""

    default_error_messages = {"invalid": "An object is expected."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return dict(data)

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


def is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_ID
