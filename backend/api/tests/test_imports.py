"""Importing over the API: what it takes, what it answers, what it refuses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from api.tests.conftest import As
from customers.models import Customer
from devices.importing import run
from devices.models import Credential, Device, InventoryImport, Site
from users.models import User

IMPORTS = "/api/v1/imports/"
FILE = "hostname,mgmt_ip,platform,site\nr1,10.0.0.1,ios,Oslo\nr2,10.0.0.2,eos,Oslo\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_: As, operator: User, acme: Customer) -> APIClient:
    Site.objects.create(customer=acme, name="Oslo")
    return as_(operator)


def send(client: APIClient, owner: Customer, text: str | bytes = FILE, **query: Any) -> Any:
    """Send a file; a header's name begins with HTTP_."""
    headers = {name: query.pop(name) for name in list(query) if name.startswith("HTTP_")}
    asked = {"customer": owner.pk, "kind": "devices"} | query
    kind = headers.pop("HTTP_KIND", "text/csv")
    return client.generic("POST", f"{IMPORTS}?{urlencode(asked)}", text, kind, **headers)


def test_a_small_file_is_in_when_the_answer_comes(client: APIClient, acme: Customer) -> None:
    answer = send(client, acme)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["status"], told["created"], told["faults"], told["requested_by"]) == ("succeeded", 2, [], "operator")
    assert client.get(answer["Location"]).json() == told
    assert client.get(IMPORTS).json()["results"] == [told]
    assert Device.objects.count() == 2


def test_a_large_file_waits_for_a_worker(
    client: APIClient, acme: Customer, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(run, "WAITED_FOR", 1)
    with django_capture_on_commit_callbacks() as sent:
        answer = send(client, acme)
    assert answer.json()["status"] == "queued"
    assert len(sent) == 1
    run.run_import(answer.json()["id"])
    told = client.get(answer["Location"]).json()
    assert (told["status"], told["rows_total"], told["rows_checked"], told["rows_written"]) == ("succeeded", 2, 2, 2)


def test_faults_are_told_by_line_and_column(client: APIClient, acme: Customer) -> None:
    told = send(client, acme, FILE + "r3,10.0.0.3,ios,Atlantis\n", dry_run="true").json()
    assert told["status"] == "refused"
    assert told["faults"] == [{"line": 4, "column": "site", "detail": "The customer has no site of this name."}]
    assert not Device.objects.exists()


def test_the_same_request_twice_is_one_import(client: APIClient, acme: Customer) -> None:
    first, second = (send(client, acme, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    other = send(client, acme, FILE + "r9,10.0.0.9,ios,Oslo\n", HTTP_IDEMPOTENCY_KEY="k1")
    assert other.status_code == 422
    assert InventoryImport.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"customer": 10**9}, "customer"),
        ({"customer": "x"}, "customer"),
        ({"kind": "wishes"}, "kind"),
        ({"dry_run": "maybe"}, "dry_run"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    client: APIClient, acme: Customer, query: dict[str, Any], field: str
) -> None:
    answer = send(client, acme, **query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "line 1"), ("hostname\n", "line 1, mgmt_ip"), (b"\xff", "line 1"),
        ('hostname,mgmt_ip,platform,site\n"', "line 2"), (FILE + "\0", "line 4"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_by_line(client: APIClient, acme: Customer, text: str | bytes, field: str) -> None:
    answer = send(client, acme, text)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not InventoryImport.objects.exists()


def test_other_bodies_are_refused(client: APIClient, acme: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(client, acme, "{}", HTTP_KIND="application/json").status_code == 415
    monkeypatch.setattr("api.imports.views.MOST_BYTES", 10)
    assert send(client, acme).status_code == 413


def test_a_viewer_imports_nothing(as_: As, viewer: User, acme: Customer) -> None:
    assert send(as_(viewer), acme).status_code == 403


def test_names_of_another_customer_are_nobodys(client: APIClient, acme: Customer, globex: Customer) -> None:
    Site.objects.create(customer=globex, name="Elsewhere")
    Credential.objects.create(customer=globex, name="theirs", username="netops")
    head = "hostname,mgmt_ip,platform,site,credential\n"
    theirs, nobodys = (
        send(client, acme, f"{head}r1,10.0.0.1,ios,{site},{credential}\n").json()
        for site, credential in (("Elsewhere", "theirs"), ("Nowhere", "nothing"))
    )
    assert theirs["faults"] == nobodys["faults"] != []
