"""`webnet audit verify`: a line for each chain, and exit code 1 when one is broken."""

from __future__ import annotations

import pytest
from django.db import connection

from core import append_only
from core.audit_chains import begin
from core.models import AuditChain
from core.services import audit
from customers.models import Customer
from webnet.audit_command import run


@pytest.fixture
def trail(acme: Customer, globex: Customer) -> None:
    append_only.lift()
    AuditChain.objects.all().delete()
    begin()
    for customer in (acme, globex):
        audit("customer.create", customer, customer=customer, actor=None)


@pytest.mark.usefixtures("trail")
def test_whole_trail_is_told_chain_by_chain(acme: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify"]) == 0
    last = AuditChain.objects.get(pk=acme.pk).hash
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["no customer: whole, rows 0, last -", f"acme: whole, rows 1, last {last}"]
    assert lines[2].startswith("globex: whole, rows 1, last ")


@pytest.mark.usefixtures("trail")
def test_broken_chain_is_named_and_the_others_are_still_told(capsys: pytest.CaptureFixture[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_auditevent SET actor_name = 'x' WHERE object_label = 'Acme Networks'")
    assert run(["verify"]) == 1
    _, acme, globex = capsys.readouterr().out.splitlines()
    assert acme.startswith("acme: BROKEN: row 1 (id ")
    assert globex.startswith("globex: whole")
    assert run(["verify", "--customer", "globex"]) == 0


@pytest.mark.usefixtures("trail")
def test_unknown_customer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--customer", "nobody"]) == 2
    assert capsys.readouterr().err == "webnet: there is no customer 'nobody'\n"
