"""JSON bodies with one thing changed."""

from __future__ import annotations

import copy
from typing import Any

from rest_framework import serializers

from api.fields import IdListField
from tests.isolation.calls import filled
from tests.isolation.cases import Call
from tests.isolation.world import OWN, ids_from

Path = tuple[str | int, ...]


def own(call: Call) -> Any:
    """The call's body with ids of the caller's own."""
    return filled(call.body, ids_from(OWN))


def put(body: Any, path: Path, value: Any) -> Any:
    """A copy of the body with another value at the path."""
    changed = copy.deepcopy(body)
    if not path:
        return value
    node = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return changed


def words(path: Path) -> str:
    """The path as error documents write it."""
    return ".".join(str(step) for step in path)


def has(body: Any, path: Path) -> bool:
    node = body
    for step in path:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def shaped(field: serializers.Field[Any, Any, Any, Any], value: Any) -> Any:
    """The value as the field takes it."""
    return [value] if isinstance(field, IdListField | serializers.ListField | serializers.ManyRelatedField) else value
