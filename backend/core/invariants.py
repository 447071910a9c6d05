"""Invariants across tables, kept by database triggers so that they hold for every writer.

A row that names a customer may only point at rows of the same customer. `SAME_CUSTOMER` is filled by the apps
(`same_customer("devices_device", site_id="devices_site")`); the triggers are laid anew after every `migrate`,
because SQLite drops them when a migration rebuilds a table.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

SAME_CUSTOMER: list[tuple[str, str, str]] = []


def same_customer(table: str, **columns: str) -> None:
    """Declare that `table.column` may only point at rows of `other table` with the same customer_id."""
    SAME_CUSTOMER.extend((table, column, other) for column, other in columns.items())


def install(using: str = "default", **_: Any) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for table, column, other in SAME_CUSTOMER:
            if table in tables and other in tables:
                for statement in _statements(connection.vendor, table, column, other):
                    cursor.execute(statement)


def _statements(vendor: str, table: str, column: str, other: str) -> list[str]:
    name = f"same_customer_{table}_{column}"
    message = f"{table}.{column} points at a row of another customer"
    # identifiers come from SAME_CUSTOMER above, never from a user
    foreign = f"SELECT 1 FROM {other} o WHERE o.id = NEW.{column} AND o.customer_id <> NEW.customer_id"  # noqa: S608
    if vendor == "postgresql":
        return [
            f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN
                IF EXISTS ({foreign}) THEN
                    RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW; END $$ LANGUAGE plpgsql""",
            f"CREATE OR REPLACE TRIGGER {name} BEFORE INSERT OR UPDATE OF {column}, customer_id ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    statements = []
    for event, suffix in (("INSERT", "i"), (f"UPDATE OF {column}, customer_id", "u")):
        statements += [
            f"DROP TRIGGER IF EXISTS {name}_{suffix}",
            f"CREATE TRIGGER {name}_{suffix} BEFORE {event} ON {table} FOR EACH ROW WHEN EXISTS ({foreign}) "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        ]
    return statements
