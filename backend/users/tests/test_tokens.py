"""Families of tokens: what comes from one login ends as one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from core.models import AuditEvent
from users.models import TokenFamily, User
from users.tokens import TokenRefused, access_of, exchange, forget_expired, log_out, pair_for

HERE = "10.1.2.3"


def test_a_pair_works_and_its_text_is_kept_nowhere(operator: User) -> None:
    pair = pair_for(operator)
    access = access_of(pair["access"], HERE)
    assert access and access.user == operator
    kept = str(list(TokenFamily.objects.values()))
    assert not any(part in kept for token in pair.values() for part in token.split("."))


def test_a_refresh_token_used_twice_ends_its_family_and_no_other(operator: User) -> None:
    first, other = pair_for(operator), pair_for(operator)
    second = exchange(first["refresh"])
    third = exchange(second["refresh"])
    assert all(access_of(pair["access"], HERE) for pair in (first, second, third))
    with pytest.raises(TokenRefused):
        exchange(first["refresh"])
    assert not any(access_of(pair["access"], HERE) for pair in (first, second, third))
    for pair in (first, second, third):
        with pytest.raises(TokenRefused):
            exchange(pair["refresh"])
    assert access_of(other["access"], HERE)
    assert exchange(other["refresh"])
    told = AuditEvent.objects.get(action="user.use_token_twice")
    assert (told.actor, told.object_id) == (operator, operator.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_exchange_at_the_same_moment_none_goes_on(operator: User) -> None:
    pair = pair_for(operator)
    together = Barrier(2)

    def use(_: int) -> dict[str, str] | None:
        try:
            together.wait(10)
            return exchange(pair["refresh"])
        except TokenRefused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(use, range(2)))
    assert answers.count(None) == 1
    new = next(answer for answer in answers if answer)
    assert access_of(new["access"], HERE) is None
    with pytest.raises(TokenRefused):
        exchange(new["refresh"])


def end_by_password(user: User) -> None:
    user.set_password("another battery, another staple")
    user.save()


ENDS: dict[str, Callable[[User], object]] = {
    "password": end_by_password,
    "inactive": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "all logins ended": lambda user: User.objects.filter(pk=user.pk).update(logins_ended=1),
    "gone": lambda user: user.delete(),
    "family gone": lambda user: user.token_families.all().delete(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_what_ends_tokens(operator: User, end: Callable[[User], object]) -> None:
    pair = pair_for(operator)
    end(operator)
    assert access_of(pair["access"], HERE) is None
    with pytest.raises(TokenRefused):
        exchange(pair["refresh"])


def test_logging_out_ends_the_family_with_whichever_refresh_token(operator: User, viewer: User) -> None:
    first = pair_for(operator)
    second = exchange(first["refresh"])
    with pytest.raises(TokenRefused):
        log_out(actor=viewer, raw=second["refresh"])
    assert access_of(second["access"], HERE)
    log_out(actor=operator, raw=first["refresh"])
    assert access_of(second["access"], HERE) is None
    with pytest.raises(TokenRefused):
        log_out(actor=operator, raw=second["refresh"])
    assert AuditEvent.objects.filter(action="user.log_out").count() == 1


def nested_header() -> str:
    return base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=")


def test_what_is_no_token_is_refused(operator: User) -> None:
    pair = pair_for(operator)
    head, body, signature = pair["refresh"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "family": str(uuid4())}).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    expired, without_family = RefreshToken(pair["refresh"]), RefreshToken()  # type: ignore[arg-type]
    expired.set_exp(lifetime=-timedelta(seconds=1))
    nearly = [
        "", "x", "a.b.c", "...", "é.é.é", "\x00", "x" * 100_000, pair["access"], f"{head}.{forged}.{signature}",
        f"{unsigned}.{body}.", f"{head}.{body}.", f"{nested_header()}.{body}.{signature}", str(expired),
        str(without_family),
    ]  # fmt: skip
    for raw in nearly:
        with pytest.raises(TokenRefused):
            exchange(raw)
    for raw in [pair["refresh"], str(AccessToken()), *nearly]:
        if raw != pair["access"]:
            assert access_of(raw, HERE) is None, raw[:100]
    assert exchange(pair["refresh"]), "the good one was not used up by any of these"


def test_expired_families_are_forgotten(operator: User) -> None:
    pair_for(operator)
    old = pair_for(operator)
    TokenFamily.objects.filter(pk=RefreshToken(old["refresh"])["family"]).update(expires_at=timezone.now())  # type: ignore[arg-type]
    forget_expired()
    assert TokenFamily.objects.count() == 1


def test_a_token_costs_two_queries(operator: User, django_assert_num_queries: Callable[[int], object]) -> None:
    token = pair_for(operator)["access"]
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert access_of(token, HERE)
