"""What the session of the database has for a scope is what the code has, after all that can happen in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from core import rls
from core.tenancy import EVERY, NOBODY, bound, within
from customers.models import Customer
from jobs.models import Job
from users.models import User
from users.services import delete_user

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(settings.EMBEDDED, reason="SQLite has no row-level security"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def one(acme: Customer) -> frozenset[int]:
    return frozenset({acme.pk})


@pytest.fixture
def other(globex: Customer) -> frozenset[int]:
    return frozenset({globex.pk})


def seen() -> list[str]:
    """The customers that the database shows, asked anew."""
    return list(Customer.objects.order_by("slug").values_list("slug", flat=True))


def told() -> set[int]:
    """The customers that the session has, read past everything of ours."""
    assert connection.connection is not None
    setting = connection.connection.execute("SELECT current_setting('webnet.customers', true)").fetchone()[0]
    return {int(number) for number in setting.partition(";")[0].split(",")}


def test_the_scope_is_what_is_seen(one: frozenset[int], other: frozenset[int]) -> None:
    Customer.objects.create(name="Initech", slug="initech")
    everybody = ["acme", "globex", "initech"]
    assert seen() == everybody
    for scope, slugs in ((one, ["acme"]), (one | other, ["acme", "globex"]), (NOBODY, []), (EVERY, everybody)):
        with within(scope):
            assert seen() == slugs


def test_the_array_of_a_scope_is_long_enough_to_be_left_unpacked(one: frozenset[int]) -> None:
    packed_up_to = 126
    with within(one), connection.cursor() as cursor:
        cursor.execute("SELECT pg_column_size(webnet_wall.customers())")
        assert cursor.fetchone()[0] > packed_up_to
    with within(NOBODY), connection.cursor() as cursor:
        cursor.execute("SELECT webnet_wall.customers()")
        assert cursor.fetchone() == ([],)


Undo = Callable[[frozenset[int], frozenset[int]], None]


def roll_back(one: frozenset[int], other: frozenset[int]) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        with within(other):
            assert seen() == ["globex"]
        raise ZeroDivisionError


def roll_back_to_savepoint(one: frozenset[int], other: frozenset[int]) -> None:
    with transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic(), within(other):
            assert seen() == ["globex"]
            raise ZeroDivisionError
        assert seen() == ["acme"]


def roll_back_after_an_error(one: frozenset[int], other: frozenset[int]) -> None:
    with transaction.atomic():
        with suppress(DatabaseError), transaction.atomic(), within(other), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert seen() == ["acme"]


def roll_back_by_hand(one: frozenset[int], other: frozenset[int]) -> None:
    with transaction.atomic():
        savepoint = transaction.savepoint()
        with within(other):
            assert seen() == ["globex"]
        transaction.savepoint_rollback(savepoint)
        assert seen() == ["acme"]
        transaction.set_rollback(True)


def commit_what_has_failed(one: frozenset[int], other: frozenset[int]) -> None:
    connection.set_autocommit(False)
    try:
        with within(other), connection.cursor() as cursor:
            assert seen() == ["globex"]
            with suppress(DatabaseError):
                cursor.execute("SELECT 1/0")
        connection.commit()
        assert seen() == ["acme"]
        connection.rollback()
    finally:
        connection.set_autocommit(True)


def commit_that_is_refused(one: frozenset[int], other: frozenset[int]) -> None:
    with suppress(DatabaseError), transaction.atomic(), within(other), connection.cursor() as cursor:
        cursor.execute("INSERT INTO users_user_customers (user_id, customer_id) VALUES (-1, -1)")


def lose_the_session(one: frozenset[int], other: frozenset[int]) -> None:
    with suppress(DatabaseError), transaction.atomic(), within(other), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()


def close(one: frozenset[int], other: frozenset[int]) -> None:
    connection.close()


def iterate(one: frozenset[int], other: frozenset[int]) -> None:
    with transaction.atomic(), within(other):
        assert [row.slug for row in Customer.objects.iterator(chunk_size=1)] == ["globex"]


@pytest.mark.parametrize("begun", ["one", "other", "nobody"])
@pytest.mark.parametrize(
    "undo",
    [
        roll_back, roll_back_to_savepoint, roll_back_after_an_error, roll_back_by_hand, commit_what_has_failed,
        commit_that_is_refused, lose_the_session, close, iterate,
    ],
)  # fmt: skip
def test_nothing_leaves_the_session_with_another_scope(
    one: frozenset[int], other: frozenset[int], undo: Undo, begun: str
) -> None:
    """Whatever the session had before: the next query is answered in the scope of now."""
    with within({"one": one, "other": other, "nobody": NOBODY}[begun]):
        seen()
    with within(one):
        undo(one, other)
        assert seen() == ["acme"]
        assert told() == one
    with within(NOBODY):
        assert seen() == []
    with within(other):
        assert seen() == ["globex"]


def test_a_transaction_falls_back_to_its_own_scope_and_to_no_earlier_one(
    one: frozenset[int], other: frozenset[int]
) -> None:
    """So SQL that rolls back by itself does not come upon what another request has left."""
    with within(other):
        seen()
    with within(one), suppress(TransactionManagementError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ROLLBACK")
        cursor.execute("SELECT slug FROM customers_customer")
        assert cursor.fetchall() == [("acme",)]


def test_statements_of_one_cursor_go_by_the_scope_of_their_moment(one: frozenset[int], other: frozenset[int]) -> None:
    with within(one), connection.cursor() as cursor:
        cursor.execute("SELECT slug FROM customers_customer")
        assert cursor.fetchall() == [("acme",)]
        with within(other):
            cursor.execute("SELECT slug FROM customers_customer")
            assert cursor.fetchall() == [("globex",)]


def test_copy_is_held_to_the_scope(one: frozenset[int]) -> None:
    with within(one), connection.cursor() as cursor, cursor.copy("COPY customers_customer (slug) TO STDOUT") as rows:
        assert b"".join(map(bytes, rows)) == b"acme\n"


def test_on_commit_runs_in_the_scope_that_asked_for_it(one: frozenset[int], other: frozenset[int]) -> None:
    ran: list[list[str]] = []
    with within(other), transaction.atomic(), within(one):
        transaction.on_commit(lambda: ran.append(seen()))
    assert ran == [["acme"]]


def test_a_thread_sees_nothing_unless_the_scope_is_passed_on(one: frozenset[int]) -> None:
    found: list[list[str]] = []

    def look() -> None:
        found.append(seen())
        connection.close()

    with within(one):
        for target in (look, bound(look)):
            thread = Thread(target=target)
            thread.start()
            thread.join()
    assert found == [[], ["acme"]]


@pytest.fixture
def another_key(acme: Customer, globex: Customer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the process ran with another SECRET_KEY than `migrate` did."""
    with monkeypatch.context() as patched:
        patched.setattr(settings, "SECRET_KEY", "another " * 8)
        connection.close()
        yield
    connection.close()


@pytest.mark.usefixtures("another_key")
def test_a_process_with_another_key_is_told_so_and_sees_nothing(one: frozenset[int], other: frozenset[int]) -> None:
    for scope in (EVERY, one, one | other):
        with within(scope):
            assert seen() == []
    with pytest.raises(ImproperlyConfigured, match="does not know this SECRET_KEY"):
        rls.check()


def test_the_wall_stands(acme: Customer) -> None:
    rls.check()
    rls.install()  # again, as every migrate does
    with within(NOBODY):
        assert seen() == []


def test_a_policy_that_was_given_up_holds_no_longer(acme: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rls.OPEN, "customers_customer", "for this test")
    rls.install()
    with within(NOBODY):
        assert seen() == ["acme"]
    monkeypatch.undo()
    rls.install()
    with within(NOBODY):
        assert seen() == []


def test_ranges_of_customers_out_of_scope_are_minded(acme: Customer, globex: Customer, one: frozenset[int]) -> None:
    """The triggers look at all rows: a narrow scope hides no conflict from them, and stays narrow."""
    with within(EVERY):
        globex.ip_ranges.create(cidr="10.0.0.0/8")
    with within(one), transaction.atomic():
        with pytest.raises(DatabaseError, match="overlap"), transaction.atomic():
            acme.ip_ranges.create(cidr="10.1.0.0/16")
        acme.ip_ranges.create(cidr="172.16.0.0/12")
        assert seen() == ["acme"]
        assert told() == {acme.pk}


def test_a_role_that_passes_by_is_refused(db: None) -> None:
    other = connection.copy()
    other.settings_dict["USER"] = "postgres"  # of the servers that bin/services starts
    try:
        other.connect()
    except OperationalError:
        pytest.skip("no superuser here to log in as")
    except ImproperlyConfigured as error:
        assert "'postgres' passes by row-level security" in str(error)
    else:
        pytest.fail("let in")
    finally:
        other.close()


def test_a_user_is_deleted_whose_work_lies_out_of_scope(
    acme: Customer, globex: Customer, admin: User, operator: User, one: frozenset[int]
) -> None:
    """What points at a row from elsewhere has to be found, or its foreign keys stand in the way."""
    job = Job.objects.create(customer=globex, kind="config_backup", requested_by=operator, correlation_id="x")
    with within(one):
        delete_user(actor=admin, user=operator)
    job.refresh_from_db()
    assert job.requested_by is None
