"""One's own account: password, second factor, API keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from api.auth.tokens import pair_for
from conftest import PASSWORD
from core.models import AuditEvent
from customers.models import Customer
from ui.tests.test_sign_in import code_of
from users import second_factor
from users.keys import create_key
from users.models import APIKey, User
from users.permissions import NotAllowed

NEW = "another correct horse battery"


@pytest.fixture
def me(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def turn_on(user: User, client: Client | None = None) -> str:
    """The secret. It ends what logins there were; the client's begins anew."""
    secret = second_factor.new_secret()
    second_factor.turn_on(actor=user, secret=secret, code=code_of(secret, 0))
    if client:
        client.force_login(user)
    return secret


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def last_action() -> str:
    return AuditEvent.objects.latest("pk").action


def test_account_says_who_one_is(me: Client, operator: User, acme: Customer, globex: Customer) -> None:
    page = text_of(me.get("/account/"))
    assert all(word in page for word in (operator.username, "Operator", "Acme Networks", "No API keys"))
    assert "Globex" not in page


def test_account_takes_as_many_queries_for_one_key_as_for_three(
    me: Client, operator: User, acme: Customer, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    create_key(actor=operator, user=operator, name="one", scopes=["read"], customers=[acme])
    me.get("/account/")
    with django_assert_max_num_queries(20) as counted:
        me.get("/account/")
    for name in ("two", "three"):
        create_key(actor=operator, user=operator, name=name, scopes=["read"], customers=[acme])
    with django_assert_num_queries(len(counted)):
        me.get("/account/")


def change(client: Client, **given: str) -> HttpResponse:
    body = {"password": PASSWORD, "new_password": NEW, "repeated": NEW, **given}
    return client.post("/account/password/", body)


def test_a_new_password_ends_other_sessions_and_tokens_and_not_this_one(me: Client, operator: User) -> None:
    other = Client()
    other.force_login(operator)
    token = pair_for(operator)["access"]
    assert change(me)["Location"] == "/account/"
    operator.refresh_from_db()
    assert operator.check_password(NEW)
    assert_only_this_one_goes_on(me, other, token)
    event = AuditEvent.objects.get(action="user.change_password")
    assert (event.actor, event.object_id) == (operator, operator.pk)


@pytest.mark.parametrize(("given", "words"), [
    ({"password": "wrong"}, "not your current password"), ({"repeated": "other"}, "not the same"),
    ({"new_password": "short", "repeated": "short"}, "too short"), ({"new_password": ""}, "required"),
    ({"new_password": "123456789012", "repeated": "123456789012"}, "numeric"),
    ({"password": "x" * 2000}, "at most 1024"), ({"new_password": "a\x00" * 8}, "Null characters"),
])  # fmt: skip
def test_password_refused_in_words(me: Client, operator: User, given: dict[str, str], words: str) -> None:
    answer = change(me, **given)
    assert answer.status_code == 422
    assert words in text_of(answer)
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


def test_who_has_no_password_here_is_told_where_it_is(me: Client, operator: User) -> None:
    operator.set_unusable_password()
    operator.save()
    me.force_login(operator)
    assert change(me)["Location"] == "/account/"
    assert "Kept by your single sign-on" in text_of(me.get("/account/"))


def test_second_factor_is_turned_on_with_password_and_code(me: Client, operator: User) -> None:
    page = me.get("/account/second-factor/on/").content.decode()
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")  # type: ignore[index]
    url = "/account/second-factor/on/"
    for body in ({"code": code_of(secret), "password": "wrong"}, {"code": "123", "password": PASSWORD}, {"code": "1"}):
        assert me.post(url, body).status_code == 422
        assert not second_factor.has_second_factor(operator)
    answer = me.post(url, {"code": code_of(secret), "password": PASSWORD})
    assert len(re.findall(r"<span>\d{4} \d{4}</span>", answer.content.decode())) == 10
    assert "no-store" in answer["Cache-Control"]
    assert second_factor.has_second_factor(operator)
    assert me.get(url)["Location"] == "/account/second-factor/"
    assert "10 left" in text_of(me.get("/account/"))


def test_what_began_with_a_password_alone_ends_when_the_second_factor_is_turned_on(me: Client, operator: User) -> None:
    page = me.get("/account/second-factor/on/").content.decode()
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")  # type: ignore[index]
    other, token = Client(), pair_for(operator)["access"]
    other.force_login(operator)
    me.post("/account/second-factor/on/", {"code": code_of(secret), "password": PASSWORD})
    assert_only_this_one_goes_on(me, other, token)


def test_other_logins_are_ended(me: Client, operator: User) -> None:
    other, token = Client(), pair_for(operator)["access"]
    other.force_login(operator)
    assert me.post("/account/end-logins/")["Location"] == "/account/"
    assert_only_this_one_goes_on(me, other, token)
    assert last_action() == "user.end_logins"


def assert_only_this_one_goes_on(this: Client, other: Client, token: str) -> None:
    assert this.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert Client().get("/api/v1/auth/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_new_recovery_codes_void_the_old_ones(me: Client, operator: User) -> None:
    turn_on(operator, me)
    old = second_factor.renew_codes(actor=operator)
    answer = me.post("/account/second-factor/", {"password": PASSWORD, "codes": "1"})
    new = re.findall(r"<span>(\d{4} \d{4})</span>", answer.content.decode())
    assert not second_factor.check_code(user=operator, code=old[0])
    assert second_factor.check_code(user=operator, code=new[0])


def test_second_factor_is_turned_off_with_the_password(me: Client, operator: User) -> None:
    turn_on(operator, me)
    assert me.post("/account/second-factor/", {"password": "wrong", "off": "1"}).status_code == 422
    assert second_factor.has_second_factor(operator)
    assert me.post("/account/second-factor/", {"password": PASSWORD, "off": "1"})["Location"] == "/account/"
    assert not second_factor.has_second_factor(operator)
    assert last_action() == "user.turn_off_second_factor"


def test_who_has_no_password_proves_it_by_a_code(me: Client, operator: User) -> None:
    secret = turn_on(operator)
    operator.set_unusable_password()
    operator.save()
    me.force_login(operator)
    assert me.post("/account/second-factor/", {"code": "000000", "off": "1"}).status_code == 422
    assert me.post("/account/second-factor/", {"code": code_of(secret), "off": "1"}).status_code == 302
    assert not second_factor.has_second_factor(operator)


def test_a_demanded_second_factor_stays_on(me: Client, operator: User, settings: Any) -> None:
    settings.REQUIRE_2FA = "all"
    secret = turn_on(operator)
    me.logout()
    me.post("/login/", {"username": operator.username, "password": PASSWORD})
    me.post("/login/second-factor/", {"code": code_of(secret)})
    answer = me.post("/account/second-factor/", {"password": PASSWORD, "off": "1"})
    assert "so it stays on" in text_of(answer)
    assert second_factor.has_second_factor(operator)


def test_an_admin_turns_off_the_second_factor_of_who_lost_it(admin: User, operator: User, stranger: User) -> None:
    for user in (operator, stranger):
        turn_on(user)
    second_factor.turn_off(actor=admin, user=operator)
    assert not second_factor.has_second_factor(operator)
    for actor, user in ((admin, stranger), (operator, stranger)):
        with pytest.raises(NotAllowed):
            second_factor.turn_off(actor=actor, user=user)
    assert second_factor.has_second_factor(stranger)


def make_key(client: Client, **given: Any) -> HttpResponse:
    return client.post("/account/keys/new/", {"name": "ticket system", "scopes": ["read"], **given})


def key_in(answer: HttpResponse) -> str:
    return re.search(r'id="key">([^<]+)<', answer.content.decode())[1]  # type: ignore[index]


def test_a_key_is_made_and_shown_once(me: Client, operator: User, acme: Customer) -> None:
    answer = make_key(me, customers=[acme.pk], expires_on="2099-12-31", source_networks="127.0.0.1\n10.0.0.0/8, ::1")
    key = APIKey.objects.get()
    assert (key.user, key.name, key.scopes) == (operator, "ticket system", ["read"])
    assert list(key.customers.all()) == [acme]
    assert key.expires_at is not None and key.expires_at.isoformat().startswith("2099-12-31T23:59:59")
    assert key.source_networks == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    text = key_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert Client().get("/api/v1/auth/me/", headers={"Authorization": f"Api-Key {text}"}).status_code == 200
    page = me.get("/account/").content.decode()
    assert key.prefix in page
    assert text not in page


@pytest.mark.parametrize(("given", "words"), [
    ({"name": ""}, "required"), ({"name": "x" * 101}, "at most 100"), ({"scopes": []}, "required"),
    ({"scopes": ["root"]}, "not one of the available choices"), ({"expires_on": "2001-01-01"}, "past"),
    ({"expires_on": "soon"}, "valid date"), ({"source_networks": "10.0.0.1/8"}, "Not a network"),
    ({"customers": ["0"]}, "not one of the available choices"), ({"customers": ["9" * 40]}, "not one of"),
    ({"customers": ["x"]}, "not one of the available choices"),
    ({"expires_on": "9999-12-31"}, ""),
])  # fmt: skip
def test_key_refused_in_words(me: Client, given: dict[str, Any], words: str) -> None:
    answer = make_key(me, **given)
    assert answer.status_code == (422 if words else 200)
    assert words in text_of(answer)
    assert APIKey.objects.exists() == (not words)


def test_a_viewer_gets_no_key_that_may_more(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    answer = make_key(client, scopes=["read", "write"])
    assert "includes nothing of the scope write" in text_of(answer)


def test_no_key_for_a_customer_of_others(me: Client, globex: Customer) -> None:
    assert make_key(me, customers=[globex.pk]).status_code == 422
    assert not APIKey.objects.exists()


def test_a_revoked_key_stops_working(me: Client, operator: User) -> None:
    key, text = create_key(actor=operator, user=operator, name="old", scopes=["read"])
    assert me.get(f"/account/keys/{key.pk}/revoke/").status_code == 405
    for _ in range(2):
        assert me.post(f"/account/keys/{key.pk}/revoke/")["Location"] == "/account/"
    assert Client().get("/api/v1/auth/me/", headers={"Authorization": f"Api-Key {text}"}).status_code == 401
    assert "Revoked" in text_of(me.get("/account/"))
    assert AuditEvent.objects.filter(action="api_key.revoke").count() == 1


def test_an_admins_account_shows_and_revokes_no_keys_of_others(client: Client, admin: User, operator: User) -> None:
    key, _ = create_key(actor=operator, user=operator, name="the operator's", scopes=["read"])
    client.force_login(admin)
    assert "the operator" not in text_of(client.get("/account/"))
    assert client.post(f"/account/keys/{key.pk}/revoke/").status_code == 404


def test_a_name_is_shown_and_never_run(me: Client) -> None:
    make_key(me, name="<script>alert(1)</script>")
    assert "<script>alert" not in me.get("/account/").content.decode()
