"""Users, their customers and their keys; saved filters."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.tests.conftest import As, with_header
from conftest import PASSWORD, make_user
from core.models import AuditEvent
from customers.models import Customer
from users.enums import Role
from users.models import APIKey, SavedFilter, User

pytestmark = pytest.mark.django_db

USERS = "/api/v1/users/"
KEYS = "/api/v1/api-keys/"
FILTERS = "/api/v1/saved-filters/"


def fields_of(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_users_are_for_admins(as_: As, operator: User, viewer: User) -> None:
    for user in (operator, viewer):
        assert as_(user).get(USERS).status_code == 403
        assert as_(user).get(f"{USERS}{viewer.pk}/").status_code == 403
        assert as_(user).post(USERS, {"username": "new"}).status_code == 403


def test_a_user_shows_with_the_customers_in_common(
    as_: As, admin: User, viewer: User, stranger: User, acme: Customer, globex: Customer
) -> None:
    between = make_user("between", Role.OPERATOR, acme, globex)
    answer = as_(admin).get(USERS)
    rows = {row["username"]: row for row in answer.json()["results"]}
    assert sorted(rows) == ["admin", "between", "viewer"]
    assert "lobex" not in answer.content.decode()
    assert rows["between"]["customers"] == [{"id": acme.pk, "name": "Acme Networks", "slug": "acme"}]
    assert "password" not in answer.content.decode()
    refused = as_(admin).patch(f"{USERS}{between.pk}/", {"email": "x@acme.example"})
    assert (refused.status_code, "not of your customers alone" in refused.json()["detail"]) == (403, True)
    assert as_(admin).get(f"{USERS}{stranger.pk}/").status_code == 404
    # whether a user of one's own has a customer that one does not see stays untold
    for pk in (globex.pk, 999_999):
        assert as_(admin).get(USERS, {"customer": pk}).json()["count"] == 0


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_queries_for_more_rows(as_: As, admin: User, acme: Customer, count: int) -> None:
    for number in range(count):
        make_user(f"u{number}", Role.VIEWER, acme)
    client = as_(admin)
    for address in (USERS, KEYS, FILTERS):
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        assert len(asked) <= 9, [query["sql"] for query in asked]


def test_a_user_is_made_and_changed(as_: As, admin: User, acme: Customer, globex: Customer) -> None:
    client = as_(admin)
    made = client.post(
        USERS, {"username": "ada", "customers": [acme.pk], "role": "operator", "email": "a@acme.example"}
    )
    assert made.status_code == 201, made.content
    user = User.objects.get(username="ada")
    assert made.json()["customers"][0]["id"] == acme.pk
    changed = client.patch(made["Location"], {"first_name": "Ada"}, headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.json()["first_name"]) == (200, "Ada")
    assert client.patch(made["Location"], {"first_name": "x"}, headers={"If-Match": made["ETag"]}).status_code == 412
    for body in ({"customers": [globex.pk]}, {"customers": [acme.pk, 999_999]}):
        answer = client.patch(made["Location"], body)
        assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (400, "There is no such customer.")
    assert client.patch(made["Location"], {"role": "admin", "all_customers": True}).status_code == 403
    assert client.delete(made["Location"]).status_code == 204
    assert not User.objects.filter(pk=user.pk).exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["username"]),
        ({"username": "Stranger2"}, ["username"]),
        ({"username": "new", "email": "S@GLOBEX.example"}, ["email"]),
        ({"username": "new", "email": "x"}, ["email"]),
        ({"username": "a b"}, ["username"]),
        ({"username": "new", "role": "root"}, ["role"]),
        ({"username": "new", "password": "correct horse"}, ["password"]),
        ({"username": "new", "is_superuser": True}, ["is_superuser"]),
        ({"username": "new", "customers": "1"}, ["customers"]),
        ({"username": "new", "customers": ["1"]}, ["customers.0"]),
        ({"username": "new", "customers": []}, ["customers"]),
        ({"username": "new", "all_customers": 1}, ["all_customers"]),
    ],
)
def test_bad_user(
    as_: As, admin: User, acme: Customer, globex: Customer, body: dict[str, Any], fields: list[str]
) -> None:
    """A name or address that somebody of another customer has is refused in the same words as one's colleague's."""
    make_user("stranger2", Role.VIEWER, globex, email="s@globex.example")
    answer = as_(admin).post(USERS, {"customers": [acme.pk], **body})
    assert (answer.status_code, fields_of(answer)) == (400, fields), answer.content
    assert "lobex" not in answer.content.decode().replace("globex.example", "")
    assert User.objects.count() == 2


def test_a_taken_name_does_not_tell_whose_it_is(as_: As, admin: User, viewer: User, stranger: User) -> None:
    acme = admin.customers.get()
    answers = [
        as_(admin).post(USERS, {"username": name, "customers": [acme.pk]}).json()
        for name in (viewer.username, stranger.username)
    ]
    assert answers[0]["errors"] == answers[1]["errors"]


def test_customers_of_a_user(as_: As, superadmin: User, admin: User, viewer: User, globex: Customer) -> None:
    place = f"{USERS}{viewer.pk}/customers/"
    assert as_(admin).post(place, {"customers": [globex.pk]}).status_code == 400
    assert as_(admin).delete(f"{place}{globex.pk}/").status_code == 404
    given = as_(superadmin).post(place, {"customers": [globex.pk]})
    assert [row["slug"] for row in given.json()["customers"]] == ["acme", "globex"]
    assert as_(admin).delete(f"{place}{viewer.customers.get(slug='acme').pk}/").status_code == 403
    assert as_(superadmin).delete(f"{place}{globex.pk}/").status_code == 204
    assert as_(superadmin).delete(f"{place}{globex.pk}/").status_code == 404
    assert as_(admin).delete(f"{place}{viewer.customers.get().pk}/").status_code == 409
    assert fields_of(as_(admin).post(place, {"customers": []})) == ["customers"]


def test_deactivated_at_once(as_: As, admin: User, viewer: User) -> None:
    theirs = as_(viewer)
    key = theirs.post(KEYS, {"name": "k", "scopes": ["read"]}).json()["key"]
    with_key = with_header(f"Api-Key {key}")
    assert theirs.get(FILTERS).status_code == with_key.get(FILTERS).status_code == 200
    answer = as_(admin).post(f"{USERS}{viewer.pk}/deactivate/")
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)
    assert theirs.get(FILTERS).status_code == with_key.get(FILTERS).status_code == 401
    assert as_(admin).post(f"{USERS}{viewer.pk}/activate/").json()["is_active"] is True
    assert theirs.get(FILTERS).status_code == with_key.get(FILTERS).status_code == 401
    assert as_(admin).post(f"{USERS}{admin.pk}/deactivate/").status_code == 403


def test_password_by_an_admin(as_: As, admin: User, viewer: User) -> None:
    theirs = as_(viewer)
    place = f"{USERS}{viewer.pk}/password/"
    assert fields_of(as_(admin).post(place, {"password": "short"})) == ["password"]
    answer = as_(admin).post(place, {"password": "a wholly new passphrase"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert User.objects.get(pk=viewer.pk).check_password("a wholly new passphrase")
    assert theirs.get(FILTERS).status_code == 401
    assert "passphrase" not in str(list(AuditEvent.objects.values()))


def test_reset_mail_before_mail_is_set_up(as_: As, admin: User, viewer: User) -> None:
    assert as_(admin).post(f"{USERS}{viewer.pk}/password/reset/").status_code == 409


def test_reset_mail(
    as_: As, admin: User, viewer: User, mail_works: None, django_capture_on_commit_callbacks: Any
) -> None:
    place = f"{USERS}{viewer.pk}/password/reset/"
    assert "no mail address" in as_(admin).post(place).json()["detail"]
    User.objects.filter(pk=viewer.pk).update(email="v@acme.example")
    with django_capture_on_commit_callbacks(execute=True):
        assert as_(admin).post(place).status_code == 202
    assert [message.to for message in mail.outbox] == [["v@acme.example"]]
    assert AuditEvent.objects.filter(action="user.send_reset", actor=admin).exists()


def test_a_key_is_shown_once(as_: As, viewer: User, acme: Customer) -> None:
    client = as_(viewer)
    again = {"Idempotency-Key": "1"}
    body = {"name": "backup", "scopes": ["read"], "customers": [acme.pk], "source_networks": ["127.0.0.0/8"]}
    made = client.post(KEYS, body, headers=again)
    assert made.status_code == 201, made.content
    secret = made.json()["key"]
    assert client.post(KEYS, body, headers=again).json()["key"] == secret
    assert APIKey.objects.count() == 1
    for address in (KEYS, made["Location"]):
        assert secret.split(".")[1] not in client.get(address).content.decode()
    listed = client.get(KEYS).json()["results"][0]
    assert listed["prefix"] == secret.split(".")[0]
    assert (listed["customers"][0]["id"], listed["all_customers"]) == (acme.pk, False)
    with_key = with_header(f"Api-Key {secret}")
    assert with_key.get(KEYS).status_code == 200
    assert with_key.post(KEYS, body).status_code == 403  # keys make no keys
    assert client.patch(made["Location"], {"name": "other"}).json()["name"] == "other"
    assert client.delete(made["Location"]).status_code == 204
    assert with_key.get(KEYS).status_code == 401
    assert client.get(KEYS, {"revoked": "true"}).json()["count"] == 1
    assert client.get(KEYS, {"revoked": "false"}).json()["count"] == 0


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name", "scopes"]),
        ({"name": "k", "scopes": []}, ["scopes"]),
        ({"name": "k", "scopes": ["root"]}, ["scopes.0"]),
        ({"name": "k", "scopes": ["write"]}, ["scopes"]),
        ({"name": "k", "scopes": ["read"], "customers": [999_999]}, ["customers.0"]),
        ({"name": "k", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}, ["expires_at"]),
        ({"name": "k", "scopes": ["read"], "expires_at": 5}, ["expires_at"]),
        ({"name": "k", "scopes": ["read"], "expires_at": "9999-12-31T23:59:59-23:59"}, ["expires_at"]),
        ({"name": "k", "scopes": ["read"], "source_networks": ["x"]}, ["source_networks"]),
        ({"name": "k", "scopes": ["read"], "key": "x"}, ["key"]),
    ],
)
def test_bad_key(as_: As, viewer: User, body: dict[str, Any], fields: list[str]) -> None:
    answer = as_(viewer).post(KEYS, body)
    assert (answer.status_code, fields_of(answer)) == (400, fields), answer.content
    assert not APIKey.objects.exists()


def test_keys_of_others(as_: As, admin: User, viewer: User, stranger: User, acme: Customer, globex: Customer) -> None:
    between = make_user("between", Role.OPERATOR, acme, globex)
    body = {"name": "k", "scopes": ["read"]}
    made = as_(admin).post(f"{USERS}{viewer.pk}/api-keys/", body)
    assert (made.status_code, made.json()["user"]["username"]) == (201, "viewer")
    assert as_(admin).get(f"{USERS}{viewer.pk}/api-keys/").json()["count"] == 1
    assert as_(admin).get(KEYS).json()["count"] == 1
    assert as_(viewer).get(KEYS).json()["count"] == 1
    assert as_(admin).get(f"{USERS}{stranger.pk}/api-keys/").status_code == 404
    assert as_(admin).post(f"{USERS}{stranger.pk}/api-keys/", body).status_code == 404
    assert as_(admin).post(f"{USERS}{between.pk}/api-keys/", body).status_code == 403
    as_(between).post(KEYS, body)
    assert as_(admin).get(f"{USERS}{between.pk}/api-keys/").json()["count"] == 0
    assert as_(viewer).get(f"{USERS}{viewer.pk}/api-keys/").status_code == 403
    assert as_(stranger).delete(made["Location"]).status_code == 404
    assert as_(admin).delete(made["Location"]).status_code == 204


def test_saved_filters(as_: As, viewer: User, operator: User, stranger: User, acme: Customer) -> None:
    body = {"name": "Failed", "list": "jobs", "query": "status=failed"}
    mine = as_(viewer).post(FILTERS, body)
    assert mine.status_code == 201
    assert mine.json()["owner"] == {"id": viewer.pk, "username": "viewer"}
    assert as_(viewer).post(FILTERS, {**body, "customer": acme.pk}).status_code == 403
    shared = as_(operator).post(FILTERS, {**body, "customer": acme.pk})
    assert as_(viewer).get(FILTERS).json()["count"] == 2
    assert as_(viewer).get(FILTERS, {"shared": "false"}).json()["results"] == [mine.json()]
    assert as_(viewer).patch(shared["Location"], {"name": "x"}).status_code == 403
    assert as_(stranger).get(FILTERS).json()["count"] == 0
    assert as_(stranger).get(shared["Location"]).status_code == 404
    assert as_(operator).patch(shared["Location"], {"customer": None}).json()["customer"] is None
    assert as_(viewer).get(shared["Location"]).status_code == 404
    for bad, field in (({"query": "a b"}, "query"), ({"list": "x"}, "list"), ({"customer": 999_999}, "customer")):
        assert fields_of(as_(operator).post(FILTERS, {**body, "name": "x", **bad})) == [field]
    assert as_(viewer).delete(mine["Location"]).status_code == 204
    assert SavedFilter.objects.count() == 1
    assert PASSWORD not in str(list(AuditEvent.objects.values()))
