"""Row-level security on PostgreSQL: tables of customers show, and take, rows of the scope's customers alone.

Which tables those are, the models say: whatever points at a customer, or at a row that does, is guarded, and every
`migrate` lays the policies that are missing. They hold for the tables' owner too. What has to be read before the scope
is known is left open by name (`leave_open`).

The scope reaches the database as a setting of the session, which any SQL can write. So it is signed, with a key that
only the owner of the tables can read, for this one session: who can have SQL run still cannot widen it. See
`docs/adr/0004-row-level-security.md`.
"""

from __future__ import annotations

import hmac
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connections, transaction
from django.db.models import ForeignKey, Model

from core.tenancy import EVERY, Scope, within

CUSTOMER = "customers.Customer"
# of every customer NULL is told, so the comparison is NULL, too. One call a table and statement, and little to plan:
# with an OR and a second call queries that join a few tables took half as long again.
IN_SCOPE = "coalesce({column} = ANY ((SELECT webnet_wall.customers())::bigint[]), true)"
BLOCK = 64
"""Bytes of a block of SHA-256, to which HMAC pads its key."""
FEWEST_TOLD = 14
"""Numbers told of a scope that has any, the last one repeatedly. PostgreSQL packs an array of up to 126 bytes and would
unpack it again at each row that it compares, which takes longer than to compare: 100,000 rows cost 4 ms, not 16."""


@dataclass(frozen=True, slots=True)
class Policy:
    """On `table`, those rows for which `condition` holds: it reads the table's `column`, and the table `other`."""

    table: str
    column: str
    condition: str
    other: str

    @property
    def name(self) -> str:
        return f"webnet_{zlib.crc32(self.condition.encode()):08x}"


# Names of tables and columns below come from the models, never from a user.
OPEN: dict[str, str] = {}


def leave_open(table: str, why: str) -> None:
    """Declare that a table which points at customers has no policy."""
    OPEN[table] = why


def policies() -> dict[str, Policy]:
    """By table, from the models: rows of a customer, rows that belong to such rows, and so on."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table not in OPEN]
    owned: dict[type[Model], Policy] = {}
    for optional in (False, True):  # a column that may be empty says whose a row is where no other one does
        while found := {m: p for m in models if m not in owned and (p := _policy(m, owned, optional=optional))}:
            owned |= found
    return {policy.table: policy for policy in owned.values()}


def _policy(model: type[Model], owned: dict[type[Model], Policy], *, optional: bool) -> Policy | None:
    table = model._meta.db_table
    if model._meta.label == CUSTOMER:
        return Policy(table, "id", IN_SCOPE.format(column="id"), table)
    pointers = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    if model._meta.auto_created:
        pointers.reverse()  # of many to many the far end is looked up at each row read: of tags there are few
    to_customer = [field for field in pointers if field.related_model._meta.label == CUSTOMER]
    to_owned = [field for field in pointers if field.related_model in owned and (optional or not field.null)]
    for field in (*to_customer, *to_owned):
        other = field.related_model._meta.db_table
        # names of tables and columns, from the models
        of_other = f"EXISTS (SELECT 1 FROM {other} o WHERE o.id = {table}.{field.column})"  # noqa: S608  # nosec B608
        condition = IN_SCOPE.format(column=field.column) if field in to_customer else of_other
        # without a customer the row is nobody's, and shown to whoever the selectors let
        return Policy(table, field.column, condition + f" OR {field.column} IS NULL" * field.null, other)
    return None


def signed(scope: Scope, session: int) -> str:
    """The setting for one session of the database, by the number of its process."""
    if scope is EVERY:
        ids = scope.value
    else:
        numbers = sorted(scope)
        ids = ",".join(map(str, numbers + numbers[-1:] * (FEWEST_TOLD - len(numbers))))
    return f"{ids};{hmac.digest(_key(settings.SECRET_KEY), f'{session}:{ids}'.encode(), 'sha256').hex()}"


@lru_cache(maxsize=1)
def _key(secret: str) -> bytes:
    return HKDF(SHA256(), length=BLOCK, salt=None, info=b"webnet row-level security").derive(secret.encode())


def found(using: str = "default", **_: Any) -> None:
    """Before and after a migration: the key of the running product, and the functions that check with it."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    key = _key(settings.SECRET_KEY)
    pads = [bytes(byte ^ mask for byte in key) for mask in (0x36, 0x5C)]
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute(_FOUNDATION)
        cursor.execute("SELECT inner_pad, outer_pad FROM webnet_wall.key")
        if [tuple(map(bytes, row)) for row in cursor.fetchall()] != [tuple(pads)]:
            cursor.execute("DELETE FROM webnet_wall.key")
            cursor.execute("INSERT INTO webnet_wall.key VALUES (%s, %s)", pads)


def install(using: str = "default", **_: Any) -> None:
    """Lay the policies of all tables that there are, and take away those that hold no longer."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    found(using)
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute(_PRESENT)
        present = {table: (set(columns), guarded, set(names)) for table, columns, guarded, names in cursor.fetchall()}
        wanted = policies()
        for table, (columns, guarded, names) in present.items():
            policy = wanted.get(table)
            if policy and (policy.column not in columns or policy.other not in present):
                policy = None  # a migration on its way
            for name in names - {policy and policy.name}:
                cursor.execute(f"DROP POLICY {name} ON {table}")
            if policy and policy.name not in names:
                cursor.execute(f"CREATE POLICY {policy.name} ON {table} USING ({policy.condition})")
            if guarded != bool(policy):
                on, force = ("ENABLE", "FORCE") if policy else ("DISABLE", "NO FORCE")
                cursor.execute(f"ALTER TABLE {table} {on} ROW LEVEL SECURITY, {force} ROW LEVEL SECURITY")


def grant(role: str, using: str = "default") -> None:
    """Give the role that web and workers use what they need of the tables, and nothing that leads around the wall."""
    connection = connections[using]
    name = connection.ops.quote_name
    database = connection.settings_dict["NAME"]
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_schema()")
        owner, schema = cursor.fetchone()
        if role == owner:
            return
        for statement in (
            # tables of its own, temporary ones too, would stand before ours in a session that others use later
            f"REVOKE CREATE, TEMPORARY ON DATABASE {name(database)} FROM PUBLIC, {name(role)}",
            f"REVOKE CREATE ON SCHEMA {name(schema)} FROM PUBLIC, {name(role)}",
            f"GRANT USAGE ON SCHEMA {name(schema)}, webnet_wall TO {name(role)}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name(schema)} TO {name(role)}",
            f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {name(role)}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {name(schema)} TO {name(role)}",
        ):
            cursor.execute(statement)


def check(using: str = "default") -> None:
    """Raises ImproperlyConfigured where the wall does not stand, or does not know this process's signature."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    try:
        with within(EVERY), connection.cursor() as cursor:
            cursor.execute("SELECT webnet_wall.customers() IS NULL")
            [known] = cursor.fetchone()
    except ProgrammingError as error:
        raise ImproperlyConfigured("the database is not prepared for this role: run `webnet migrate`.") from error
    if not known:
        raise ImproperlyConfigured(
            "the database does not know this SECRET_KEY: run `webnet migrate` with it. A connection pooler in between "
            "does the same: webnet needs the database itself."
        )


_PRESENT = """
    SELECT c.relname,
        ARRAY(SELECT attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT attisdropped),
        c.relrowsecurity AND c.relforcerowsecurity,
        ARRAY(SELECT polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND starts_with(polname, 'webnet_'))
    FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
"""
# `customers` gives the ids that a sound signature covers, NULL for every customer, and none for anything else.
# PARALLEL RESTRICTED: a parallel worker is another process, for which nothing was signed.
_FOUNDATION = """
    CREATE SCHEMA IF NOT EXISTS webnet_wall;
    CREATE TABLE IF NOT EXISTS webnet_wall.key (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);
    CREATE OR REPLACE FUNCTION webnet_wall.sign(ids text) RETURNS text
        LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
        BEGIN
            RETURN (SELECT ids || ';' || encode(sha256(outer_pad || sha256(inner_pad ||
                convert_to(pg_backend_pid() || ':' || ids, 'UTF8'))), 'hex') FROM webnet_wall.key);
        END $$;
    REVOKE ALL ON FUNCTION webnet_wall.sign FROM PUBLIC;
    CREATE OR REPLACE FUNCTION webnet_wall.customers() RETURNS bigint[]
        LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            told text := current_setting('webnet.customers', true);
            ids text := split_part(told, ';', 1);
        BEGIN
            IF told = webnet_wall.sign(ids) THEN
                RETURN string_to_array(nullif(ids, '*'), ',')::bigint[];
            END IF;
            RETURN '{}';
        END $$;
"""
