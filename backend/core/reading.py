"""Database reads for code that must not block: sockets and streams, on a few threads of their own.

One slow read must not hold every page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, connections
from django.db.models import Model, QuerySet

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

THREADS = 4
BATCH = 2_000
AT_ONCE = 900
"""Ids in one query: SQLite binds a limited number of values."""
DATABASE_AWAY = (DatabaseError, InterfaceError)

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reading")


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` on one of the threads, in the caller's context.

    Raises one of DATABASE_AWAY when the database does not answer.
    """
    return await _on_a_thread(partial(function, *args, **kwargs))


async def _on_a_thread(call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, copy_context().run, _call, call)


async def in_batches(rows: QuerySet[M], shown: Callable[[M], T], size: int = 0) -> AsyncIterator[list[T]]:
    """All rows as `shown` makes them, by their id, a batch at a time: memory stays flat however many there are.

    Every batch is a query of its own, so no transaction and no cursor is held open for a slow client. A row that is
    there from beginning to end comes exactly once.
    """
    rows, last, size = rows.order_by("pk"), 0, size or BATCH
    while True:
        batch, last = await read(_after, rows, last, size, shown)
        if batch:
            yield batch
        if len(batch) < size:
            return


def _after(rows: QuerySet[M], last: int, size: int, shown: Callable[[M], T]) -> tuple[list[T], int]:
    batch = list(rows.filter(pk__gt=last)[:size])
    return [shown(row) for row in batch], batch[-1].pk if batch else last


def _call(function: Callable[[], T]) -> T:
    close_old_connections()  # drops a connection that broke since the last read
    try:
        return function()
    finally:
        if connection.vendor == "sqlite":
            connection.close_at = None  # opening the file takes longer than most reads, and these threads stay
        close_old_connections()


def close_all() -> None:
    """Close the connection of each thread: before a database is dropped."""
    everyone = Barrier(THREADS)

    def close() -> None:
        everyone.wait(60)  # so that no thread takes two of these
        connections.close_all()

    for closing in [_threads.submit(close) for _ in range(THREADS)]:
        closing.result(120)
