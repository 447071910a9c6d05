"""Guessing passwords: page and API count together, per account and address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from django.utils import timezone

from conftest import PASSWORD
from core.models import AuditEvent
from users.lockout import address_of, forget_old_attempts
from users.models import User

PAGE, API = "/login/", "/api/v1/auth/login/"
LIMIT = 4
HERE = {"REMOTE_ADDR": "10.1.2.3"}


@pytest.fixture(autouse=True)
def few_attempts(settings: Any, db: None) -> None:
    settings.AXES_FAILURE_LIMIT = LIMIT
    settings.LOGIN_FAILURES_PER_ADDRESS = 3 * LIMIT
    settings.BEHIND_PROXY = False


def by_page(username: str, password: str = PASSWORD, **extra: Any) -> Any:
    return Client().post(PAGE, {"username": username, "password": password}, **HERE | extra)


def by_api(username: str, password: str = PASSWORD, **extra: Any) -> Any:
    body = {"username": username, "password": password}
    return Client().post(API, body, content_type="application/json", **HERE | extra)


def fail(username: str, times: int = LIMIT, **extra: Any) -> None:
    for number in range(times):
        (by_api if number % 2 else by_page)(username, "wrong", **extra)


def test_page_and_api_count_together_and_are_locked_together(operator: User) -> None:
    fail("operator", LIMIT - 1)
    assert by_api("operator").status_code == 200, "not locked yet, and a success starts the count anew"
    fail("operator", LIMIT - 1)
    locked = by_page("OPERATOR", "wrong")
    assert locked.status_code == 429
    assert "Try again in 15 minutes, at " in locked.content.decode()
    assert 880 < int(locked["Retry-After"]) <= 900
    answer = by_api("operator")
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert 880 < int(answer["Retry-After"]) <= 900
    assert "Too many failed logins" in answer.json()["detail"] and "Try again in" in answer.json()["detail"]
    assert by_page("operator").status_code == 429


def test_another_account_and_another_address_are_not_locked(operator: User, viewer: User) -> None:
    fail("operator")
    assert by_api("operator").status_code == 429
    assert by_api("viewer").status_code == 200
    assert by_api("operator", REMOTE_ADDR="10.9.9.9").status_code == 200
    assert by_api("operator", HTTP_X_FORWARDED_FOR="10.9.9.9").status_code == 429, "nobody is believed to be elsewhere"
    assert by_api("operator", HTTP_USER_AGENT="another").status_code == 429


def test_behind_a_proxy_the_address_is_what_the_proxy_says(operator: User, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    fail("operator", HTTP_X_FORWARDED_FOR="192.0.2.1")
    assert by_api("operator", HTTP_X_FORWARDED_FOR="192.0.2.1").status_code == 429
    assert by_api("operator", HTTP_X_FORWARDED_FOR="192.0.2.2").status_code == 200


def test_an_unknown_account_is_answered_like_a_known_one(operator: User) -> None:
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    seen = {}
    for name in ("operator", "nobody", "gone"):
        answers = [by_api(name, "wrong", REMOTE_ADDR=f"10.0.0.{len(seen) + 1}") for _ in range(LIMIT + 1)]
        seen[name] = [(answer.status_code, answer.json()["detail"].split("Try again")[0]) for answer in answers]
    assert seen["operator"] == seen["nobody"] == seen["gone"]
    assert [status for status, _ in seen["operator"]] == [401] * (LIMIT - 1) + [429, 429]


def test_who_tries_many_accounts_is_locked_by_address(operator: User, viewer: User) -> None:
    for number in range(3 * LIMIT):
        by_api(f"nobody{number}", "wrong")
    assert by_api("operator").status_code == 429
    assert by_page("operator").status_code == 429
    assert by_page("operator", REMOTE_ADDR="10.9.9.9").status_code == 302


def test_a_lock_ends_when_it_was_said_to_end(operator: User) -> None:
    fail("operator")
    assert by_api("operator", "wrong").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME + timedelta(seconds=5))
    again = by_api("operator", "wrong")
    assert again.status_code == 429
    assert int(again["Retry-After"]) <= 5, "tries during the lock do not prolong it"
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME)
    assert by_api("operator").status_code == 200


def test_the_trail_tells_of_failures_and_locks_and_keeps_no_mistyped_password(operator: User, viewer: User) -> None:
    by_page("correct horse battery staple", "operator")
    fail("operator", LIMIT + 3)
    told = list(AuditEvent.objects.order_by("pk").values_list("action", "object_label", "customer__slug", "actor_name"))
    failure = ("user.fail_log_in", "operator", "acme", "webnet")
    assert told == [
        ("user.fail_log_in", "an unknown account", None, "webnet"), *[failure] * LIMIT,
        ("user.lock_out", "operator", "acme", "webnet"),
    ]  # fmt: skip
    assert AuditEvent.objects.get(action="user.lock_out").after == {"failures": LIMIT, "minutes": 15}
    assert {str(row) for row in AuditEvent.objects.values_list("source_address", flat=True)} == {"10.1.2.3"}


def test_the_trail_tells_who_logged_out(operator: User) -> None:
    client = Client()
    client.force_login(operator)
    client.post("/logout/")
    client.post("/logout/")
    told = AuditEvent.objects.get(action="user.log_out")
    assert (told.actor, told.customer, told.object_id) == (operator, operator.only_customer(), operator.pk)


def test_nothing_of_a_password_is_kept_in_the_attempts(operator: User) -> None:
    by_page("operator", "hunter2-but-longer", QUERY_STRING="next=/devices/")
    by_api("operator", "hunter2-but-longer")
    assert "hunter2" not in str(list(AccessAttempt.objects.values()))


@pytest.mark.parametrize("name", ["a\x00b", "x" * 150, "é" * 150, "\U0001f600"])
def test_strange_names_are_counted_too(name: str) -> None:
    for door in (by_page, by_api):
        assert door(name, "wrong", HTTP_USER_AGENT="\x00" * 300, HTTP_ACCEPT="x" * 5000).status_code < 500


def test_old_attempts_are_forgotten(operator: User) -> None:
    fail("operator", 1)
    fail("viewer", 1)
    AccessAttempt.objects.filter(username="viewer").update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME)
    forget_old_attempts()
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["operator"]


ADDRESSES = [
    ("10.1.2.3", "10.1.2.3"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ("::ffff:10.1.2.3", "::ffff:10.1.2.3"),
]


@pytest.mark.parametrize(("source", "counted"), [*ADDRESSES, ("", None)])
def test_of_ipv6_the_network_counts(rf: Any, source: str, counted: str | None) -> None:
    found = address_of(rf.get("/", REMOTE_ADDR=source))
    assert found == counted or (counted and found == "::ffff:a01:203")
