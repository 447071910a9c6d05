"""A lookup of our own: `pk__among=ids`, for thousands of ids."""

from __future__ import annotations

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigAutoField, Lookup
from django.db.models.sql.compiler import SQLCompiler

IN_JSON, IN_ARRAY = "{} IN (SELECT value FROM json_each(%s))", "{} = ANY (%s::bigint[])"
Sql = tuple[str, tuple[Any, ...]]


@BigAutoField.register_lookup
class Among(Lookup):
    """What `in` means, with one parameter for all ids: of thousands a query is made in a fraction of the time."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        lhs, params = self.process_lhs(compiler, connection)
        return IN_JSON.format(lhs), (*params, json.dumps(self._ids()))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        lhs, params = self.process_lhs(compiler, connection)
        return IN_ARRAY.format(lhs), (*params, self._ids())

    def _ids(self) -> list[int]:
        return list(self.rhs)
