"""What we know of a query, and PostgreSQL's planner cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

# without just-in-time compiling: where no index has the order, the sort is reckoned so dear that all would be compiled
SET, UNSET = (f"SET LOCAL enable_sort TO {value}; SET LOCAL jit TO {value}" for value in ("off", "DEFAULT"))


@contextmanager
def in_index_order(alias: str) -> Iterator[None]:
    """Queries inside walk along an index where one has their order, rather than sort. Other databases than PostgreSQL
    are left alone.

    For thousands of rows that the planner takes for few: behind a row-level policy it may not look at the statistics of
    what a LIKE is asked of. It would sort them all for a page in the middle.
    """
    connection = connections[alias]
    if connection.vendor != "postgresql":
        yield
        return
    goes_on = connection.in_atomic_block
    with transaction.atomic(alias), connection.cursor() as cursor:
        cursor.execute(SET)
        yield
        if goes_on:
            cursor.execute(UNSET)
