"""Database reads for websockets, on a few threads of their own: one slow read must not hold every page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
DATABASE_AWAY = (DatabaseError, InterfaceError)

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="socket-db")


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` on one of the threads. Raises one of DATABASE_AWAY when the database does not answer."""
    return await asyncio.get_running_loop().run_in_executor(
        _threads, partial(_call, partial(function, *args, **kwargs))
    )


def _call(function: Callable[[], T]) -> T:
    close_old_connections()  # drops a connection that broke since the last read
    try:
        return function()
    finally:
        close_old_connections()


def close_all() -> None:
    """Close the connection of each thread: before a database is dropped."""
    everyone = Barrier(THREADS)

    def close() -> None:
        everyone.wait(10)  # so that no thread takes two of these
        connections.close_all()

    for closing in [_threads.submit(close) for _ in range(THREADS)]:
        closing.result(20)
