"""Invariants across tables, kept by database triggers so that they hold for every writer.

A row that names a customer may only point at rows of the same customer, and does so when either of the two is written.
The apps say which (`same_customer("devices_device", site_id="devices_site")`, and `same_customer_pairs` for the table
between two models). Where addresses may stand, `addresses` says, in functions that both databases have (core.networks).
Every `migrate` lifts the triggers on SQLite, where a migration that rebuilds a table would stumble over them, and lays
them anew at its end.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections


@dataclass(frozen=True)
class Rule:
    """On writing `columns` of `table`, the condition `broken` may not hold, in which NEW is the row being written."""

    table: str
    columns: tuple[str, ...]
    on_insert: bool
    broken: str
    message: str
    kind: str = "same_customer"
    in_scope: bool = False
    """Whether who may write the row sees all that the condition reads; else it is read across all customers."""
    lock: str = ""
    """What PostgreSQL takes first, so that of two writers at the same moment the second sees the first's row; it names
    NEW's columns as `IN (NEW.column)`. SQLite has one writer at a time."""

    @property
    def name(self) -> str:
        return f"{self.kind}_{zlib.crc32(self.broken.encode()):08x}_{self.table}"[:55]


KINDS = ("same_customer", "addresses")
"""What the triggers' names begin with."""
# Names of tables and columns below come from the apps' models, never from a user.
RULES: list[tuple[frozenset[str], Rule]] = []


def same_customer(table: str, **columns: str) -> None:
    """Declare that `table.column` may only point at rows of `other table` with the same customer_id."""
    for column, other in columns.items():
        message = f"{table}.{column} points at a row of another customer"
        # into each statement go names of tables and columns, which only our own code gives
        there = (
            f"NEW.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {other} o "  # noqa: S608  # nosec B608
            f"WHERE o.id = NEW.{column} AND o.customer_id = NEW.customer_id)"
        )
        back = (
            f"EXISTS (SELECT 1 FROM {table} t "  # noqa: S608  # nosec B608
            f"WHERE t.{column} = NEW.id AND t.customer_id <> NEW.customer_id)"
        )
        _add({table, other}, Rule(table, (column, "customer_id"), True, there, message, in_scope=True))
        _add({table, other}, Rule(other, ("customer_id",), False, back, message))


def same_customer_pairs(table: str, **columns: str) -> None:
    """Declare that the two rows which a row of `table` joins are of the same customer."""
    (left, left_table), (right, right_table) = columns.items()
    message = f"{table} joins rows of two customers"
    pair = (
        f"SELECT 1 FROM {left_table} l JOIN {right_table} r ON r.customer_id = l.customer_id "  # noqa: S608  # nosec B608
        f"WHERE l.id = NEW.{left} AND r.id = NEW.{right}"
    )
    rule = Rule(table, (left, right), True, f"NOT EXISTS ({pair})", message, in_scope=True)
    _add({table, left_table, right_table}, rule)
    for mine, column, other, other_column in (
        (left_table, left, right_table, right),
        (right_table, right, left_table, left),
    ):
        back = (  # names of ours, as above
            f"EXISTS (SELECT 1 FROM {table} t JOIN {other} o ON o.id = t.{other_column} "  # noqa: S608  # nosec B608
            f"WHERE t.{column} = NEW.id AND o.customer_id <> NEW.customer_id)"
        )
        _add({table, left_table, right_table}, Rule(mine, ("customer_id",), False, back, message))


def addresses(table: str, *columns: str, reads: str, foreign: str, message: str, lock: str = "") -> None:
    """Declare that on writing `columns` of `table` the query `foreign`, over the table `reads`, may find no row."""
    _add({table, reads}, Rule(table, columns, True, f"EXISTS ({foreign})", message, kind="addresses", lock=lock))


def _add(tables: set[str], rule: Rule) -> None:
    RULES.append((frozenset(tables), rule))


def install(using: str = "default", **_: Any) -> None:
    """Lay the triggers of all tables that there are."""
    connection = connections[using]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        schema = ""
        if connection.vendor == "postgresql":
            _drop_stale(cursor)
            cursor.execute("SELECT current_schema()")
            [schema] = cursor.fetchone()
        for tables, rule in RULES:
            if tables <= present:
                for statement in _STATEMENTS[connection.vendor](rule, schema):
                    cursor.execute(statement)


def lift(using: str = "default", **_: Any) -> None:
    """Take the triggers off a SQLite database: it renames no rebuilt table that a trigger names."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            if name.startswith(KINDS):
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")


def _drop_stale(cursor: Any) -> None:
    """A rule that a release has changed or given up must not go on under its old name."""
    cursor.execute(
        "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE c.relnamespace = current_schema()::regnamespace"
    )
    known = {name for _, rule in RULES for name in (rule.name, f"{rule.name}_i")}
    for (name,) in cursor.fetchall():
        if name.startswith(KINDS) and name not in known:
            cursor.execute(f"DROP FUNCTION {name}() CASCADE")  # and its trigger with it


def _postgresql(rule: Rule, schema: str) -> list[str]:
    """Rows that are written at once are looked at together; those that an update changes, one by one."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in rule.columns)
    statements = [
        _function(rule, rule.name, schema, rule.lock, rule.broken),
        # a save writes every column, changed or not
        f"CREATE OR REPLACE TRIGGER {rule.name} BEFORE UPDATE OF {', '.join(rule.columns)} ON {rule.table} "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {rule.name}()",
    ]
    if rule.on_insert:
        name, lock = f"{rule.name}_i", re.sub(r"NEW\.(\w+)", r"SELECT \1 FROM written", rule.lock)
        # names of ours, as above
        broken = f"EXISTS (SELECT 1 FROM written WHERE {rule.broken.replace('NEW.', 'written.')})"  # noqa: S608  # nosec B608
        statements += [
            _function(rule, name, schema, lock, broken),
            f"CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON {rule.table} REFERENCING NEW TABLE AS written "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    return statements


def _function(rule: Rule, name: str, schema: str, lock: str, broken: str) -> str:
    # where the scope of who writes (core.rls) may hide a row that breaks the rule, it looks at those of every customer.
    # An error undoes the setting by itself.
    widen = narrow = ""
    if not rule.in_scope:
        widen = """told := current_setting('webnet.customers', true);
        PERFORM set_config('webnet.customers', webnet_wall.sign('*'), true);"""
        narrow = "PERFORM set_config('webnet.customers', told, true);"
    return f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
        DECLARE told text;
        BEGIN
        {widen}
        {f"PERFORM {lock};" if lock else ""}
        IF {broken} THEN
            RAISE EXCEPTION '{rule.message}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        {narrow}
        RETURN NEW; END $$"""


def _sqlite(rule: Rule, _schema: str) -> list[str]:
    statements = []
    when = rule.broken if rule.on_insert else f"OLD.customer_id <> NEW.customer_id AND {rule.broken}"
    events = [(f"UPDATE OF {', '.join(rule.columns)}", "u"), *([("INSERT", "i")] if rule.on_insert else [])]
    for event, suffix in events:
        statements += [
            f"DROP TRIGGER IF EXISTS {rule.name}_{suffix}",
            f"CREATE TRIGGER {rule.name}_{suffix} BEFORE {event} ON {rule.table} FOR EACH ROW "
            f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{rule.message}'); END",
        ]
    return statements


_STATEMENTS: dict[str, Callable[[Rule, str], list[str]]] = {"postgresql": _postgresql, "sqlite": _sqlite}
