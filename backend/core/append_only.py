"""Rows of the audit trail are only ever added: the database itself refuses to change or remove one."""

from __future__ import annotations

from typing import Any

from django.db import connections

# Names of tables below come from here, never from a user.
REFUSED = {"core_auditevent": ("UPDATE", "DELETE"), "core_auditchain": ("DELETE",)}
MESSAGE = "the audit trail is only ever added to"


def install(using: str = "default", **_: Any) -> None:
    """Lay the triggers of the tables that there are. SQLite drops a table's triggers when a migration rebuilds it."""
    connection = connections[using]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for table, operations in REFUSED.items():
            if table in present:
                lay = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
                for statement in lay(table, operations):
                    cursor.execute(statement)


def lift(using: str = "default") -> None:
    """Take the triggers off, for tests that empty their database."""
    connection = connections[using]
    on_table = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for table, operations in REFUSED.items():
            for operation in (*operations, *(("TRUNCATE",) if on_table else ())):
                place = f" ON {table}" if on_table else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, operation)}{place}")


def _name(table: str, operation: str) -> str:
    return f"append_only_{table}_{operation.lower()}"


def _on_postgresql(table: str, operations: tuple[str, ...]) -> list[str]:
    raising = f"BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END"
    function = f"CREATE OR REPLACE FUNCTION append_only() RETURNS trigger AS $$ {raising} $$ LANGUAGE plpgsql"
    levels = [*((operation, "ROW") for operation in operations), ("TRUNCATE", "STATEMENT")]
    return [
        function,
        *(
            f"CREATE OR REPLACE TRIGGER {_name(table, operation)} BEFORE {operation} ON {table} "
            f"FOR EACH {level} EXECUTE FUNCTION append_only()"
            for operation, level in levels
        ),
    ]


def _on_sqlite(table: str, operations: tuple[str, ...]) -> list[str]:
    return [
        statement
        for operation in operations
        for statement in (
            f"DROP TRIGGER IF EXISTS {_name(table, operation)}",
            f"CREATE TRIGGER {_name(table, operation)} BEFORE {operation} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        )
    ]
