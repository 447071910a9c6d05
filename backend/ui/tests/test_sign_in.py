"""Logging in on the pages: password, second factor, recovery codes, and who must set one up first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.http import HttpResponse
from django.test import Client

from conftest import PASSWORD
from core.models import AuditEvent
from users import second_factor
from users.models import User

LOGIN, FACTOR, SET_UP = "/login/", "/login/second-factor/", "/login/set-up/"


def code_of(secret: str, step: int = 1) -> str:
    """A code that an app shows: 0 the one before, 1 now, 2 the next, which are all good."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[step]))


def give_password(client: Client, user: User, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post(LOGIN, {"username": user.username, "password": password, **more})


def logged_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.fixture
def secret(operator: User) -> str:
    """The operator's, whose second factor is on."""
    made = second_factor.new_secret()
    second_factor.turn_on(actor=operator, secret=made, code=code_of(made, 0))
    return made


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_password_alone_logs_in_who_has_no_second_factor(operator: User) -> None:
    client = Client()
    assert give_password(client, operator, next="/devices/")["Location"] == "/devices/"
    assert logged_in(client) == str(operator.pk)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.after) == ("user.log_in", operator, {"by": "password"})


def test_wrong_password_says_so_and_logs_nobody_in(operator: User) -> None:
    client = Client()
    assert "correct username and password" in give_password(client, operator, "wrong").content.decode()
    assert logged_in(client) is None


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_login_goes_on_to_no_foreign_address(operator: User, secret: str, onward: str) -> None:
    client = Client()
    give_password(client, operator, next=onward)
    assert client.post(FACTOR, {"code": code_of(secret)})["Location"] == "/"


def test_second_factor_is_asked_for_after_the_password(operator: User, secret: str) -> None:
    client = Client()
    assert give_password(client, operator, next="/devices/")["Location"] == FACTOR
    assert logged_in(client) is None
    assert client.get("/devices/")["Location"].startswith(LOGIN)
    assert client.get(FACTOR).status_code == 200
    assert client.post(FACTOR, {"code": code_of(secret)})["Location"] == "/devices/"
    assert logged_in(client) == str(operator.pk)
    assert AuditEvent.objects.get(action="user.log_in").after == {"by": "password, second factor"}


@pytest.mark.parametrize("code", ["000000", "", "x", "٠٠٠٠٠٠", "1" * 20, "\x00"])
def test_wrong_code_logs_nobody_in(operator: User, secret: str, code: str) -> None:
    client = Client()
    give_password(client, operator)
    answer = client.post(FACTOR, {"code": code})
    assert answer.status_code == 422
    assert logged_in(client) is None


def test_post_without_a_code_is_refused_in_words(operator: User, secret: str) -> None:
    client = Client()
    give_password(client, operator)
    assert "This field is required" in client.post(FACTOR, {"credential": "{}"}).content.decode()


def test_a_code_is_good_once(operator: User, secret: str) -> None:
    code = code_of(secret)
    for status in (302, 422):
        client = Client()
        give_password(client, operator)
        assert client.post(FACTOR, {"code": code}).status_code == status


def test_an_older_code_is_refused_after_a_newer_one(operator: User, secret: str) -> None:
    assert second_factor.check_code(user=operator, code=code_of(secret, 2))
    assert not second_factor.check_code(user=operator, code=code_of(secret, 1))


def test_recovery_code_logs_in_once(operator: User, secret: str) -> None:
    first, second = second_factor.renew_codes(actor=operator)[:2]
    for code, status in ((first, 302), (first, 422), (second.replace(" ", ""), 302)):
        client = Client()
        give_password(client, operator)
        assert client.post(FACTOR, {"code": code}).status_code == status
    assert second_factor.codes_left(operator) == 8
    assert actions().count("user.use_recovery_code") == 2
    assert "user.give_wrong_code" in actions()


def test_the_code_alone_is_no_login(operator: User, secret: str) -> None:
    client = Client()
    assert client.get(FACTOR)["Location"] == LOGIN
    assert client.post(FACTOR, {"code": code_of(secret)})["Location"] == LOGIN
    assert client.get(SET_UP)["Location"] == LOGIN
    assert logged_in(client) is None


def test_password_does_not_reach_the_set_up_of_who_has_a_second_factor(
    operator: User, secret: str, settings: Any
) -> None:
    settings.REQUIRE_2FA = "all"
    client = Client()
    give_password(client, operator)
    assert client.get(SET_UP)["Location"] == LOGIN


def test_secret_is_encrypted_at_rest(operator: User, secret: str) -> None:
    assert all(secret not in str(row.data) for row in operator.authenticator_set.all())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("policy", "role", "asked"), [
    ("off", "admin", False), ("admins", "operator", False), ("admins", "admin", True), ("all", "viewer", True),
])  # fmt: skip
def test_a_demanded_second_factor_is_set_up_before_the_login(
    request: pytest.FixtureRequest, settings: Any, policy: str, role: str, asked: bool
) -> None:
    settings.REQUIRE_2FA = policy
    client = Client()
    assert give_password(client, request.getfixturevalue(role))["Location"] == (SET_UP if asked else "/")
    assert (logged_in(client) is None) == asked


def test_setting_up_a_demanded_second_factor_logs_in(settings: Any, operator: User) -> None:
    settings.REQUIRE_2FA = "all"
    client = Client()
    give_password(client, operator, next="/jobs/")
    page = client.get(SET_UP).content.decode()
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")  # type: ignore[index]
    assert 'src="data:image/svg+xml;base64,' in page
    wrong = client.post(SET_UP, {"code": "123"})
    assert wrong.status_code == 422
    assert secret in wrong.content.decode().replace(" ", "")
    assert logged_in(client) is None
    codes = client.post(SET_UP, {"code": code_of(secret)})
    assert 'href="/jobs/"' in codes.content.decode()
    assert len(re.findall(r"<span>\d{4} \d{4}</span>", codes.content.decode())) == 10
    assert logged_in(client) == str(operator.pk)
    assert actions() == ["user.turn_on_second_factor", "user.log_in"]
    assert client.get("/jobs/").status_code == 200
    assert second_factor.has_second_factor(operator)


def test_deactivated_between_password_and_code(operator: User, secret: str) -> None:
    client = Client()
    give_password(client, operator)
    User.objects.filter(pk=operator.pk).update(is_active=False)
    client.post(FACTOR, {"code": code_of(secret)})
    assert client.get("/devices/")["Location"].startswith(LOGIN)


def test_login_page_is_left_by_who_is_logged_in(client: Client, operator: User) -> None:
    client.force_login(operator)
    assert client.get(LOGIN)["Location"] == "/"
    assert client.get(FACTOR)["Location"] == "/"


def test_admin_pages_have_no_login_past_the_second_factor(client: Client, superadmin: User, operator: User) -> None:
    answer = client.post("/admin/login/", {"username": superadmin.username, "password": PASSWORD})
    assert answer.status_code == 405
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/login/?next=%2Fadmin%2F"
    client.force_login(operator)
    assert client.get("/admin/", follow=True).status_code == 403


def test_logout_takes_a_form(client: Client, operator: User) -> None:
    client.force_login(operator)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == LOGIN
    assert logged_in(client) is None


def test_a_demand_that_comes_later_ends_sessions_that_have_proven_too_little(
    settings: Any, operator: User, viewer: User
) -> None:
    with_factor, without, api = Client(), Client(), Client()
    secret = second_factor.new_secret()
    second_factor.turn_on(actor=operator, secret=secret, code=code_of(secret, 0))
    give_password(with_factor, operator)
    with_factor.post(FACTOR, {"code": code_of(secret)})
    for client in (without, api):
        give_password(client, viewer)
    assert without.get("/devices/").status_code == api.get("/api/v1/devices/").status_code == 200
    settings.REQUIRE_2FA = "all"
    assert with_factor.get("/devices/").status_code == 200
    assert without.get("/devices/")["Location"] == "/login/?next=/devices/"
    assert give_password(without, viewer)["Location"] == SET_UP
    assert api.get("/api/v1/devices/").status_code == 401


def test_guessing_codes_locks_the_account(operator: User, secret: str, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    client = Client()
    give_password(client, operator)
    assert [client.post(FACTOR, {"code": "000000"}).status_code for _ in range(3)] == [422, 422, 429]
    assert client.post(FACTOR, {"code": code_of(secret)}).status_code == 429
    assert logged_in(client) is None
    assert give_password(client, operator).status_code == 429
