"""The scope: whose rows may be touched now. On PostgreSQL the database holds every query to it (core.rls).

Selectors are the first wall and say what a user sees. The scope is the second: what gets past the first finds, through
this, no row of another customer. Each way in sets it once; where nothing has set it, no customer's rows are there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Everyone(Enum):
    EVERY = "*"


EVERY: Final = Everyone.EVERY
Scope = Everyone | frozenset[int]
"""Every customer, or those with these ids."""
NOBODY: Final[frozenset[int]] = frozenset()

_scope: ContextVar[Scope] = ContextVar("customers", default=NOBODY)


def current() -> Scope:
    return _scope.get()


def enter(scope: Scope) -> None:
    """From here on, to the end of the surrounding `within` (or of the process)."""
    _scope.set(scope)


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def bound(function: Callable[P, T]) -> Callable[P, T]:
    """The function as it runs in the scope of now: for a callback, or a thread, which would start without one."""
    scope = current()

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with within(scope):
            return function(*args, **kwargs)

    return call


class Parts:
    """The parts of an answer that streams, each made in the scope of now, though it has ended by then."""

    def __init__(self, parts: Iterator[Any]) -> None:
        self._parts, self._scope = parts, current()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        with within(self._scope):
            return next(self._parts)


class AsyncParts:
    """The same where they are awaited."""

    def __init__(self, parts: AsyncIterator[Any]) -> None:
        self._parts, self._scope = parts, current()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        with within(self._scope):
            return await anext(self._parts)
