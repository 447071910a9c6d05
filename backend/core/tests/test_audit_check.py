"""A row of the audit trail that was changed, removed or put in behind webnet's back is found and named."""

# ruff: noqa: S608 -- tampering is done by SQL of this file

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.db import connection

from core import append_only
from core.audit_chains import FIRST, begin
from core.audit_check import Verdict, check_chains
from core.models import AuditChain, AuditEvent
from core.services import Entry, audit, audit_many
from customers.models import Customer
from users.models import User


@pytest.fixture
def trail(acme: Customer, globex: Customer, operator: User) -> None:
    """Five rows of acme, three of globex, two of no customer; and the database lets itself be written to by hand."""
    append_only.lift()
    sql("DELETE FROM core_auditevent")
    sql("DELETE FROM core_auditchain")
    begin()
    audit_many([Entry(f"thing.{number}", acme, acme, after={"n": number}) for number in range(1, 6)], actor=operator)
    audit_many([Entry(f"thing.{number}", globex, globex) for number in range(1, 4)], actor=operator)
    for number in range(1, 3):
        audit(f"login.{number}", operator, actor=operator)


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def verdicts() -> dict[str, str]:
    return {verdict.name: verdict.broken for verdict in check_chains()}


@pytest.mark.usefixtures("trail")
def test_untouched_trail_is_whole(acme: Customer) -> None:
    assert [(verdict.name, verdict.rows, verdict.broken) for verdict in check_chains()] == [
        ("no customer", 2, ""), ("acme", 5, ""), ("globex", 3, ""),
    ]  # fmt: skip
    [only] = check_chains("acme")
    assert only == Verdict("acme", 5, AuditChain.objects.get(pk=acme.pk).hash)


ACME = "customer_id = (SELECT id FROM customers_customer WHERE slug = 'acme')"
OTHER = "hash = 'x' || substr(hash, 2)"
COPY = (
    "INSERT INTO core_auditevent (at, actor_id, actor_name, api_key, action, customer_id, object_type, object_id, "
    "object_label, before, after, source_address, correlation_id, seq, hash) SELECT at, actor_id, 'somebody', api_key, "
    "'put.in', customer_id, object_type, object_id, object_label, before, after, source_address, correlation_id, "
    "{seq}, hash FROM core_auditevent WHERE {acme} AND seq = 2"
)
TAMPERED: dict[str, tuple[list[str], str]] = {
    "an edited word": ([f"UPDATE core_auditevent SET action = 'nothing' WHERE {ACME} AND seq = 3"], "row 3 (id"),
    "an edited value": ([f"UPDATE core_auditevent SET after = '{{\"n\": 7}}' WHERE {ACME} AND seq = 2"], "row 2 (id"),
    "an edited moment": (
        [f"UPDATE core_auditevent SET at = '2020-01-01 00:00:00+00:00' WHERE {ACME} AND seq = 4"], "row 4 (id"
    ),
    "another actor": ([f"UPDATE core_auditevent SET actor_id = NULL WHERE {ACME} AND seq = 1"], "row 1 (id"),
    "another address": (
        [f"UPDATE core_auditevent SET source_address = '192.0.2.1' WHERE {ACME} AND seq = 5"], "row 5 (id"
    ),
    "an edited hash": ([f"UPDATE core_auditevent SET {OTHER} WHERE {ACME} AND seq = 5"], "row 5 (id"),
    "the first row gone": ([f"DELETE FROM core_auditevent WHERE {ACME} AND seq = 1"], "row 1 is missing"),
    "a row gone": ([f"DELETE FROM core_auditevent WHERE {ACME} AND seq = 3"], "row 3 is missing"),
    "two rows gone": ([f"DELETE FROM core_auditevent WHERE {ACME} AND seq IN (2, 3)"], "row 2 to 3 is missing"),
    "the last row gone": (
        [f"DELETE FROM core_auditevent WHERE {ACME} AND seq = 5"], "row 5 is missing, and every row after it"
    ),
    "all rows gone": ([f"DELETE FROM core_auditevent WHERE {ACME}"], "row 1 is missing, and every row after it"),
    "a row gone, the others moved up": (
        [
            f"DELETE FROM core_auditevent WHERE {ACME} AND seq = 3",
            f"UPDATE core_auditevent SET seq = seq - 1 WHERE {ACME} AND seq = 4",
            f"UPDATE core_auditevent SET seq = seq - 1 WHERE {ACME} AND seq = 5",
        ],
        "row 3 (id",
    ),
    "the last row gone and the end set back": (
        [
            f"DELETE FROM core_auditevent WHERE {ACME} AND seq = 5",
            "UPDATE core_auditchain SET seq = 4, hash = (SELECT hash FROM core_auditevent WHERE "
            f"{ACME} AND seq = 4) WHERE {ACME}",
        ],
        "its end was edited after row 4",
    ),
    "the end gone": ([f"DELETE FROM core_auditchain WHERE {ACME}"], "its end is missing, and any row after 5 with it"),
    "two rows swapped": (
        [
            f"UPDATE core_auditevent SET seq = -2 WHERE {ACME} AND seq = 2",
            f"UPDATE core_auditevent SET seq = 2 WHERE {ACME} AND seq = 4",
            f"UPDATE core_auditevent SET seq = 4 WHERE {ACME} AND seq = -2",
        ],
        "row 2 (id",
    ),
    "a row put behind the last": ([COPY.format(seq=6, acme=ACME)], "row 6 (id"),
    "a row put before the first": ([COPY.format(seq=0, acme=ACME)], "row 0 (id"),
    "a row put between": (
        [
            f"UPDATE core_auditevent SET seq = 6 WHERE {ACME} AND seq = 5",
            f"UPDATE core_auditevent SET seq = 5 WHERE {ACME} AND seq = 4",
            f"UPDATE core_auditevent SET seq = 4 WHERE {ACME} AND seq = 3",
            COPY.format(seq=3, acme=ACME),
        ],
        "row 3 (id",
    ),
    "a row of another customer taken over": (
        [
            f"UPDATE core_auditevent SET seq = -2 WHERE {ACME} AND seq = 2",
            f"UPDATE core_auditevent SET {ACME} WHERE seq = 2 AND action = 'thing.2' AND NOT {ACME}",
        ],
        "row -2 (id",
    ),
}  # fmt: skip


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(("statements", "named"), TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_is_found_and_named(statements: list[str], named: str) -> None:
    for statement in statements:
        sql(statement)
    found = verdicts()
    assert found["acme"].startswith(named)
    assert found["no customer"] == ""


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("after", [False, True], ids=["", "and written on"])
def test_chain_that_is_gone_with_its_end_is_found(acme: Customer, operator: User, after: bool) -> None:
    sql(f"DELETE FROM core_auditevent WHERE {ACME}")
    sql(f"DELETE FROM core_auditchain WHERE {ACME}")
    if after:
        audit("thing.6", acme, customer=acme, actor=operator)
    assert verdicts()["chain 1"] == "it is gone, with all its rows or without its end"


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("after", [False, True], ids=["", "and written on"])
def test_trail_that_is_gone_is_found(acme: Customer, operator: User, after: bool) -> None:
    sql("DELETE FROM core_auditevent")
    sql("DELETE FROM core_auditchain")
    if after:
        audit("thing.6", acme, customer=acme, actor=operator)
    assert "end" in verdicts()["no customer"]


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("gone", [ACME, "customer_id IS NULL"])
def test_lost_end_stays_lost_however_much_is_written_on(acme: Customer, operator: User, gone: str) -> None:
    sql(f"DELETE FROM core_auditchain WHERE {gone}")
    audit("thing.6", acme, customer=acme, actor=operator)
    audit("login.3", operator, actor=operator)
    assert any(verdicts().values())


@pytest.mark.usefixtures("trail")
def test_rows_of_a_former_key_are_proven_while_the_key_is_kept(
    acme: Customer, operator: User, settings: LazySettings
) -> None:
    former = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *former]
    audit("thing.6", acme, customer=acme, actor=operator)
    assert not any(verdicts().values())
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert "its key is missing from WEBNET_ENCRYPTION_KEY" in verdicts()["acme"]


@pytest.mark.usefixtures("trail")
def test_rows_that_are_written_during_the_walk_are_no_fault(
    acme: Customer, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.audit_check.ROWS_AT_ONCE", 2)
    verdict = check_chains()
    next(verdict)
    audit("thing.6", acme, customer=acme, actor=operator)
    assert [one.broken for one in verdict] == ["", ""]


Change = Callable[[], object]
REFUSED: dict[str, Change] = {
    "update": lambda: AuditEvent.objects.update(action="x"),
    "delete": lambda: AuditEvent.objects.all().delete(),
    "delete of an end": lambda: AuditChain.objects.exclude(pk=FIRST).delete(),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_database_refuses_to_change_a_row(acme: Customer, change: Change) -> None:
    audit("thing.1", acme, customer=acme, actor=None)
    with pytest.raises(Exception, match="the audit trail is only ever added to"):
        change()
