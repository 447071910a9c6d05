"""What a call reads of its request: every parameter, form field and body field that the code asks for, by watching it.

So a new filter, ordering or field is found without anybody naming it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django_filters import FilterSet
from rest_framework.serializers import Field, Serializer

NOT_INPUT = {"csrfmiddlewaretoken", "_method"}


@dataclass(slots=True)
class Read:
    """Names asked of the query or form, and the serializers and filters that looked at the body and the query."""

    names: set[str] = field(default_factory=set)
    serializers: list[tuple[Serializer[Any], Any]] = field(default_factory=list)
    filtersets: set[type[FilterSet]] = field(default_factory=set)

    def fields(self, body: Any) -> dict[tuple[str | int, ...], Field[Any, Any, Any, Any]]:
        """Every input field, under its path in the body: `("devices", 0, "hostname")`."""
        return {
            (*path, name): inner
            for path, node in _nodes(body)
            for serializer, given in self.serializers
            if given == node or given == {name: value for name, value in node.items() if name != "id"}
            for name, inner in serializer.fields.items()
            if not inner.read_only
        }


def _nodes(body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """The objects of a JSON body; of a list its first one stands for all."""
    if isinstance(body, dict):
        yield path, body
        for name, inner in body.items():
            yield from _nodes(inner, (*path, name))
    elif isinstance(body, list) and body:
        yield from _nodes(body[0], (*path, 0))


@contextmanager
def watched() -> Iterator[Read]:
    """Everything that is read while it is open."""
    read = Read()
    kept: list[tuple[type, str, Any]] = []

    def watch(owner: type, name: str, note: Callable[..., None]) -> None:
        kept.append((owner, name, owner.__dict__.get(name)))
        real = getattr(owner, name)

        def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
            note(self, *args)
            return real(self, *args, **kwargs)

        setattr(owner, name, noting)

    def name_read(_: Any, name: Any = None, *rest: Any) -> None:
        if isinstance(name, str) and name not in NOT_INPUT:
            read.names.add(name)

    for method in ("__getitem__", "get", "getlist", "__contains__"):
        watch(QueryDict, method, name_read)
    watch(Serializer, "run_validation", lambda serializer, data=None: read.serializers.append((serializer, data)))
    watch(FilterSet, "__init__", lambda filterset, *_: read.filtersets.add(type(filterset)))
    try:
        yield read
    finally:
        for owner, name, own in kept:
            setattr(owner, name, own) if own is not None else delattr(owner, name)
