"""The different values of a column, where a long table has few."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def values_by_steps(rows: QuerySet[Any], name: str) -> list[str]:
    """The values of a text column among the rows, in order and without null, by steps from one to the next in an index.

    A DISTINCT would read every row.
    """
    try:
        inner, values = rows.order_by().values(name).query.sql_with_params()
    except EmptyResultSet:
        return []
    column = connection.ops.quote_name(rows.model._meta.get_field(name).column)
    # the rows' own statement and the name of a column, from the models
    step = f"SELECT {column} FROM ({inner}) r WHERE {column} {{}} ORDER BY {column} LIMIT 1"  # noqa: S608  # nosec B608
    statement = (
        f"WITH RECURSIVE step(v) AS (SELECT * FROM ({step.format('IS NOT NULL')}) f UNION ALL "  # noqa: S608  # nosec B608
        f"SELECT ({step.format('> step.v')}) FROM step WHERE step.v IS NOT NULL) SELECT v FROM step WHERE v IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, (*values, *values))
        return [value for (value,) in cursor.fetchall()]
