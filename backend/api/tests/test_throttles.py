"""How often one may ask, counted per key, user and address."""

from __future__ import annotations

import re
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from api import throttles
from api.tests.conftest import As, with_header
from api.throttles import CACHE, spend
from users.keys import create_key
from users.models import User

ME = "/api/v1/auth/me/"
WINDOW_S = 2**32
"""Windows begin at multiples of their length: this one, in 1970, ends after every test."""


@pytest.fixture(autouse=True)
def low_rates(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted where no test process beside counts or clears, with all the time for Redis."""
    settings.API_RATE, settings.API_RATE_ANONYMOUS = (5, WINDOW_S), (3, WINDOW_S)
    monkeypatch.setattr(throttles, "_alone_until", 0.0)
    rates = settings.CACHES[CACHE]
    own = {"LOCATION": secrets.token_hex(8)} if settings.EMBEDDED else {"KEY_PREFIX": secrets.token_hex(8)}
    patient = {name: 30 if "timeout" in name else value for name, value in rates.get("OPTIONS", {}).items()}
    settings.CACHES = {**settings.CACHES, CACHE: {**rates, **own, "OPTIONS": patient}}


def key_of(user: User) -> str:
    return f"Api-Key {create_key(actor=user, user=user, name='k', scopes=['read'])[1]}"


def left(answer: Any) -> int:
    told = re.fullmatch(r'"requests";r=(\d+);t=(\d+)', answer["RateLimit"])
    assert told and 0 < int(told[2]) <= WINDOW_S
    return int(told[1])


def test_every_answer_says_what_is_left_until_there_is_nothing(as_: As, operator: User) -> None:
    client = as_(operator)
    answers = [client.get(ME) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert [left(answer) for answer in answers] == [4, 3, 2, 1, 0, 0, 0]
    assert {answer["RateLimit-Policy"] for answer in answers} == {f'"requests";q=5;w={WINDOW_S}'}
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json"
    assert 0 < int(refused["Retry-After"]) <= WINDOW_S
    assert refused.json()["detail"] == f"Too many requests. Try again in {refused['Retry-After']} seconds."


def test_each_key_and_each_user_has_its_own(as_: As, operator: User, viewer: User) -> None:
    keys = [with_header(key_of(operator)) for _ in range(2)]
    session = Client()
    session.force_login(operator)
    for client in (*keys, as_(operator), as_(viewer)):
        assert [client.get(ME).status_code for _ in range(6)] == [200] * 5 + [429]
    assert session.get(ME).status_code == 429, "a login session counts with the same user's tokens"


def test_what_is_refused_counts_too(as_: As, viewer: User) -> None:
    client = as_(viewer)
    calls = [
        (client.get("/api/v1/devices/999/"), 404),
        (client.post("/api/v1/jobs/", {}), 403),
        (client.delete(ME), 405),
        (client.get("/api/v1/devices/?nonsense=1"), 400),
        (client.post("/api/v1/auth/logout/", "{", content_type="application/json"), 400),
        (client.get(ME), 429),
    ]
    assert [answer.status_code for answer, _ in calls] == [status for _, status in calls]
    assert [left(answer) for answer, _ in calls] == [4, 3, 2, 1, 0, 0]


def test_nobody_is_counted_by_address(as_: As, db: None) -> None:
    calls = [
        as_().get(ME), with_header("Bearer x").get(ME), as_().get("/api/v1/nowhere/"),
        as_().post("/api/v1/auth/refresh/", {"refresh": "x"}), with_header("Api-Key a.b").get(ME),
        as_().get("/api/v1/nowhere/"),
    ]  # fmt: skip
    assert [answer.status_code for answer in calls] == [401, 401, 404, 429, 429, 429]
    assert [left(answer) for answer in calls] == [2, 1, 0, 0, 0, 0]
    assert as_().get(ME, REMOTE_ADDR="10.9.9.9").status_code == 401


def test_who_is_somebody_is_not_held_up_by_nobody_at_the_same_address(as_: As, operator: User) -> None:
    assert [as_().get(ME).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert as_(operator).get(ME).status_code == 200


def test_none_is_lost_of_those_that_come_together() -> None:
    with ThreadPoolExecutor(8) as threads:
        used = sorted(spent.used for spent in threads.map(lambda _: spend("user:1", (5, WINDOW_S)), range(200)))
    assert used == list(range(1, 201))


def test_a_redis_that_is_away_holds_up_nobody(
    as_: As, operator: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
        options = {"socket_connect_timeout": 0.2, "socket_timeout": 0.2}
        address = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        settings.CACHES = {**settings.CACHES, CACHE: {**redis, "LOCATION": address, "OPTIONS": options}}
        client = as_(operator)
        answers = [client.get(ME) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 7
    assert [left(answer) for answer in answers] == [4] * 7
    told = [record for record in caplog.records if record.name == "api.throttles"]
    assert len(told) == 1, "told once, not at each request"
    assert "Redis does not answer" in told[0].getMessage()
