"""What an action takes and answers, said beside it. The schema is written from it, and tests hold the action to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django import forms
from rest_framework.serializers import BaseSerializer

F = TypeVar("F", bound=Callable[..., Any])
AnySerializer = type[BaseSerializer[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    body: AnySerializer | dict[str, Any] | None = None
    """What the request's body is read by, or its schema; None for an action that reads none."""
    answer: AnySerializer | None = None
    """What the answer is written by; None for one without a body, or for a page of the view's own rows."""
    status: int = 200
    many: bool = False
    """Whether the answer is a page of a list, with the view's filters, order and pages."""
    query: type[forms.Form] | None = None
    """What the query string is read by."""
    refusals: tuple[int, ...] = ()
    """Statuses of refusals beyond those that follow from the rest."""
    also: Mapping[int, AnySerializer | None] = field(default_factory=dict)
    """Other good answers by status."""
    tagged: bool = False
    """Whether the answer carries an ETag."""
    matches: bool = False
    """Whether it honours If-Match."""
    asks: bool = False
    """Whether it honours If-None-Match."""
    files: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Of an answer that is a file: its media types, each with the schema of what is in it."""
    exports: bool = False
    """Whether the answer is the whole list as a file."""


def operation(
    *,
    body: AnySerializer | dict[str, Any] | None = None,
    answer: AnySerializer | None = None,
    status: int = 200,
    many: bool = False,
    query: type[forms.Form] | None = None,
    refusals: tuple[int, ...] = (),
    also: Mapping[int, AnySerializer | None] | None = None,
    files: Mapping[str, dict[str, Any]] | None = None,
) -> Callable[[F], F]:
    """Declare an action of an endpoint; its docstring becomes the description.

    `list`, `retrieve` and the actions of a Resource need it not: their declarations say all.
    """
    said = Operation(body, answer, status, many, query, refusals, also or {}, files=files or {})

    def note(method: F) -> F:
        method.operation = said  # type: ignore[attr-defined]
        return method

    return note


def operation_of(method: object) -> Operation | None:
    said: Operation | None = getattr(method, "operation", None)
    return said
