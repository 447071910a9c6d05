"""What no field can mean, by what the field is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers

from api.fields import IdField, IdListField, ObjectField, Words

HUGE = 10**40
LONG = "x" * 300_000
SURROGATE = "\ud800"
"""Half a character: valid as an escape in JSON, and in no database."""
Field = serializers.Field[Any, Any, Any, Any]

ANYTHING: tuple[Any, ...] = (
    None, "", "a\x00b", SURROGATE, LONG, 0, HUGE, -HUGE, 1e308, [[]], [HUGE], ["\x00"], {"\x00": [1]}, "2020-13-45T99Z",
    "%s ' OR 1=1 --",
)  # fmt: skip
"""Tried on every field: whatever the answer is, it is none of a server that broke."""

NEVER_TEXT: tuple[Any, ...] = (True, 5, 1.5, [], {}, ["x"], "\x00", SURROGATE, LONG)
NEVER_A_LIST: tuple[Any, ...] = (True, 5, "x", {}, {"0": 1})


def refused_by(field: Field) -> Iterator[Any]:
    """Values that the field must refuse."""
    if not field.allow_null:
        yield None
    match field:
        case ObjectField() | serializers.Serializer() | serializers.DictField():
            yield from (True, 5, "x", [], [1])
        case serializers.ListSerializer() | serializers.ListField() | Words() | IdListField():
            yield from NEVER_A_LIST
            yield from ([[]], [{}], [None], [SURROGATE])
        case IdField() | serializers.PrimaryKeyRelatedField():
            yield from ("x", "1", True, 0, -1, 1.5, HUGE, [], {}, [1])
        case serializers.BooleanField():
            yield from ("maybe", 7, [], {}, 1.5)
        case serializers.IntegerField():
            yield from ("x", True, 1.5, HUGE, -HUGE, [], {}, [1])
        case serializers.DecimalField() | serializers.FloatField():
            yield from ("x", True, HUGE, -HUGE, [], {}, "NaN", "Infinity")
        case serializers.ChoiceField():
            yield from ("no such word", True, 5, [], {}, "\x00", SURROGATE, LONG)
        case serializers.DateTimeField() | serializers.DateField() | serializers.IPAddressField():
            yield from ("x", "2020-13-45T99:99:99Z", True, 5, [], {}, "\x00", LONG)
        case serializers.CharField():
            yield from NEVER_TEXT
        case serializers.JSONField():
            yield SURROGATE
        case _:
            yield from ([[[]]], {"\x00": [1]}, SURROGATE)
