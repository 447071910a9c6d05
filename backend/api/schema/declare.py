"""What an action takes and answers, said beside it. The schema is written from it, and tests hold the action to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from rest_framework.serializers import BaseSerializer

F = TypeVar("F", bound=Callable[..., Any])
AnySerializer = type[BaseSerializer[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    body: AnySerializer | None = None
    """What the request's body is read by; None for an action that reads none."""
    answer: AnySerializer | None = None
    """What the answer is written by; None for one without a body."""
    status: int = 200
    many: bool = False
    """Whether the answer is a page of a list, with the view's filters, order and pages."""
    query: type[forms.Form] | None = None
    """What the query string is read by."""
    refusals: tuple[int, ...] = ()
    """Statuses of refusals beyond those that follow from the rest."""
    media_type: str = ""
    """Of an answer that is not JSON."""


def operation(
    *,
    body: AnySerializer | None = None,
    answer: AnySerializer | None = None,
    status: int = 200,
    many: bool = False,
    query: type[forms.Form] | None = None,
    refusals: tuple[int, ...] = (),
    media_type: str = "",
) -> Callable[[F], F]:
    """Declare an action of an endpoint; its docstring becomes the description.

    `list` and `retrieve` need it not: their serializers say all.
    """
    said = Operation(body, answer, status, many, query, refusals, media_type)

    def note(method: F) -> F:
        method.operation = said  # type: ignore[attr-defined]
        return method

    return note


def operation_of(method: object) -> Operation | None:
    said: Operation | None = getattr(method, "operation", None)
    return said
