"""Who is acting, from where and under which correlation id; set once per request, job or command."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

_address: ContextVar[str | None] = ContextVar("source_address", default=None)


def correlation_id() -> str:
    """The id that goes from click to device; a new one where nothing has set it."""
    return str(structlog.contextvars.get_contextvars().get("request_id") or uuid.uuid4())


def source_address() -> str | None:
    return _address.get()


@contextmanager
def acting(*, correlation: str, address: str | None = None) -> Iterator[None]:
    """Everything logged and audited inside carries this correlation id and address."""
    token = _address.set(address)
    try:
        with structlog.contextvars.bound_contextvars(request_id=correlation):
            yield
    finally:
        _address.reset(token)
