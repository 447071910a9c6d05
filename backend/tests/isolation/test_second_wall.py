"""The wall in the database: with every selector gone, and by SQL of one's own, nothing of another customer is there."""

# ruff: noqa: S608  (the names of tables come from the models)

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from core import rls
from core.tenancy import EVERY, NOBODY, within
from customers.models import Customer
from tests.architecture.routes import Route
from tests.isolation import world as worlds
from tests.isolation.calls import ask, needles_in, plain, seen
from tests.isolation.cases import Call
from tests.isolation.test_http import EVERY_CALL, NOWHERE, THERE
from tests.isolation.unscoped import take_first_wall_away
from tests.isolation.world import NEEDLES, World
from users.selectors import scope_of

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(settings.EMBEDDED, reason="SQLite has no row-level security"),
]


@pytest.mark.parametrize(("route", "call"), EVERY_CALL)
def test_without_the_first_wall_nothing_leaks(
    world: World, route: Route, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_first_wall_away(monkeypatch)
    before = worlds.state_of(world.customer)
    foreign = seen(ask(world.outsider, route, call, THERE))
    nothing = seen(ask(world.outsider, route, call, NOWHERE))
    assert needles_in(foreign) == []
    assert plain(foreign, THERE) == plain(nothing, NOWHERE)
    assert worlds.state_of(world.customer) == before


TABLES = sorted(rls.policies())


def ids_in(table: str) -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}")
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def foreign_ids(world: World, table: str) -> Iterator[set[Any]]:
    """Ids of the foreign customer's rows; in the block, SQL is run as the outsider's request would run it."""
    with within(frozenset({world.customer.pk})):
        theirs = ids_in(table)
    own = scope_of(world.outsider)
    assert own is not EVERY
    assert world.customer.pk not in own
    with within(own):
        yield theirs


@pytest.mark.parametrize("table", TABLES)
def test_rows_of_another_customer_are_not_there(world: World, table: str, foreign_ids: set[int]) -> None:
    own = ids_in(table)
    assert own, "each table has rows of both"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t")
        shown = [row[0] for row in cursor.fetchall()]
    assert [text for text in shown for needle in NEEDLES if needle in text] == []
    with within(EVERY):
        everything = ids_in(table)
    nobodys = own & foreign_ids  # of no customer, as some lines of the audit trail
    assert own | foreign_ids == everything
    assert foreign_ids - nobodys
    assert not (foreign_ids - nobodys) & own
    with within(NOBODY):
        assert ids_in(table) == nobodys


@pytest.mark.parametrize("table", TABLES)
def test_rows_of_another_customer_are_not_changed(world: World, table: str, foreign_ids: set[int]) -> None:
    own = ids_in(table)
    theirs = sorted(foreign_ids - own)
    column = rls.policies()[table].column
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {column} WHERE id = ANY(%s)", [theirs])
        assert cursor.rowcount == 0
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [theirs])
        assert cursor.rowcount == 0
    with within(EVERY):
        assert ids_in(table) == own | foreign_ids


@pytest.mark.parametrize("table", TABLES)
def test_rows_of_another_customer_are_not_made(world: World, table: str, foreign_ids: set[int]) -> None:
    theirs = min(foreign_ids - ids_in(table))
    with within(EVERY), connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' "
            "AND column_name <> 'id'",
            [table],
        )
        columns = ", ".join(f'"{row[0]}"' for row in cursor.fetchall())
        cursor.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE id = %s", [theirs])
        [row] = cursor.fetchone()
    # the trigger of an invariant may be before the wall; so may a unique constraint
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        new = json.dumps({**(json.loads(row) if isinstance(row, str) else row), "id": 99_999_999})
        cursor.execute(
            f"INSERT INTO {table} (id, {columns}) SELECT id, {columns} FROM jsonb_populate_record(NULL::{table}, %s)",
            [new],
        )
    with within(EVERY):
        assert 99_999_999 not in ids_in(table)


def test_a_row_is_not_moved_to_another_customer(world: World) -> None:
    with within(scope_of(world.outsider)), connection.cursor() as cursor:
        for table in ("devices_site", "devices_tag", "jobs_job", "customers_customeriprange"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(f"UPDATE {table} SET customer_id = %s", [world.customer.pk])


FORGED = (
    *("*", "*;", "*;{mac}", ";", "{customer}", "{customer};", "{customer};0000", " {customer};{mac}"),
    *("{customer},{own};{mac}", "{own},{customer};{mac}", "{own};{mac},{customer}"),
)


@pytest.mark.parametrize("forged", FORGED)
def test_a_scope_that_nobody_signed_shows_nothing_more(world: World, forged: str) -> None:
    own = scope_of(world.outsider)
    assert own is not EVERY
    with within(own), connection.cursor() as cursor:
        assert Customer.objects.count() == 1
        cursor.execute("SELECT current_setting('webnet.customers')")
        ids, _, mac = cursor.fetchone()[0].partition(";")
        value = forged.format(customer=world.customer.pk, own=ids, mac=mac)
        cursor.execute("SELECT set_config('webnet.customers', %s, false)", [value])
        cursor.execute("SELECT id FROM customers_customer")
        assert {row[0] for row in cursor.fetchall()} <= own


def test_a_scope_signed_for_another_session_shows_nothing(world: World) -> None:
    stolen = rls.signed(EVERY, connection.connection.info.backend_pid + 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('webnet.customers', %s, false)", [stolen])
        cursor.execute("SELECT count(*) FROM customers_customer")
        assert cursor.fetchone() == (0,)


def test_the_tables_of_customers_are_guarded_and_no_others(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        assert {row[0] for row in cursor.fetchall()} == set(TABLES)
