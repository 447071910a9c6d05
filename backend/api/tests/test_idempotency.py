"""`Idempotency-Key`: what was sent twice is done once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from rest_framework.test import APIClient

from api.tests.conftest import As
from core.idempotency import forget_old_answers
from core.models import AuditEvent, IdempotentAnswer
from customers.models import Customer
from devices.models import Device, Site
from jobs.models import Job
from users.models import User

SITES = "/api/v1/sites/"
Send = Callable[..., Any]


@pytest.fixture
def client(as_: As, operator: User) -> APIClient:
    return as_(operator)


@pytest.fixture
def send(client: APIClient, acme: Customer) -> Send:
    def post(key: str = "one", url: str = SITES, **change: Any) -> Any:
        body = {"customer": acme.pk, "name": "Frankfurt"} | change
        return client.post(url, [body] if url.endswith("bulk/") else body, HTTP_IDEMPOTENCY_KEY=key)

    return post


def test_the_second_gets_the_first_ones_answer(send: Send) -> None:
    first, second = send(), send()
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert (first["Location"], first["ETag"]) == (second["Location"], second["ETag"])
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Site.objects.count() == AuditEvent.objects.count() == 1


def test_the_same_in_another_order_is_the_same(client: APIClient, acme: Customer, send: Send) -> None:
    send()
    again = client.generic(
        "POST", SITES, f'{{"name":   "Frankfurt", "customer": {acme.pk}}}', content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="one",
    )  # fmt: skip
    assert again["Idempotent-Replayed"] == "true"


def test_another_body_is_422(send: Send) -> None:
    send()
    answer = send(name="Berlin")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert Site.objects.count() == 1


def test_another_key_user_or_address_is_another_request(send: Send, as_: As, admin: User, acme: Customer) -> None:
    send()
    assert send(key="two").status_code == 400  # the name is taken: it was tried
    assert send(url=f"{SITES}bulk/", name="Berlin").status_code == 201
    body = {"customer": acme.pk, "name": "Paris"}
    assert as_(admin).post(SITES, body, HTTP_IDEMPOTENCY_KEY="one").status_code == 201
    assert Site.objects.count() == 3


def test_a_refusal_is_not_kept(send: Send) -> None:
    assert send(name=7).status_code == 400
    assert not IdempotentAnswer.objects.exists()
    assert send().status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "ä"])
def test_a_key_that_is_none_is_400(send: Send, key: str) -> None:
    answer = send(key=key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Site.objects.exists()


def test_it_is_kept_for_a_day_and_encrypted(send: Send) -> None:
    send()
    kept = IdempotentAnswer.objects.get()
    assert b"Frankfurt" not in bytes(kept.body)
    IdempotentAnswer.objects.update(at=timezone.now() - timedelta(hours=23))
    assert forget_old_answers() == 0
    assert send()["Idempotent-Replayed"] == "true"
    IdempotentAnswer.objects.update(at=timezone.now() - timedelta(hours=25))
    assert send(name="Berlin").status_code == 201  # it counts no longer, swept away or not
    IdempotentAnswer.objects.update(at=timezone.now() - timedelta(hours=25))
    assert forget_old_answers() == 1


def test_who_may_no_longer_gets_no_replay(send: Send, operator: User) -> None:
    send()
    User.objects.filter(pk=operator.pk).update(role="viewer")
    assert send().status_code == 403


def test_what_it_made_is_lost_with_the_answer(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a crash between the two: a kept answer without its row, or the other way round, would be a lie."""

    def crash(**_: Any) -> Any:
        raise RuntimeError("no room on the disk")

    with monkeypatch.context() as patch:
        patch.setattr(IdempotentAnswer.objects, "create", crash)
        assert send().status_code == 500
    assert not Site.objects.exists() and not AuditEvent.objects.exists()
    assert send().status_code == 201


def test_best_effort_is_replayed(client: APIClient, acme: Customer) -> None:
    rows = [{"customer": acme.pk, "name": "a"}, {"customer": acme.pk, "name": 7}]
    answers = [client.post(f"{SITES}bulk/?mode=best-effort", rows, HTTP_IDEMPOTENCY_KEY="x") for _ in "12"]
    assert [answer.status_code for answer in answers] == [207, 207]
    assert answers[0].json() == answers[1].json()
    assert client.post(f"{SITES}bulk/?mode=all", rows, HTTP_IDEMPOTENCY_KEY="x").status_code == 422


def test_a_job_is_started_once(client: APIClient, device: Device) -> None:
    body = {"kind": "config_backup", "customer": device.customer_id, "devices": [device.pk]}
    first, second = (client.post("/api/v1/jobs/", body, HTTP_IDEMPOTENCY_KEY="x") for _ in "12")
    assert (first.status_code, second.status_code, Job.objects.count()) == (201, 201, 1)
    assert first.json() == second.json()


@pytest.mark.django_db(transaction=True)
def test_both_at_once_make_one(as_: As, operator: User, acme: Customer) -> None:
    """Whoever comes second waits and gets the answer (SQLite), or is told to come again."""
    clients, barrier = [as_(operator) for _ in range(4)], Barrier(4)

    def post(client: APIClient) -> Any:
        barrier.wait(10)
        try:
            return client.post(SITES, {"customer": acme.pk, "name": "Frankfurt"}, HTTP_IDEMPOTENCY_KEY="one")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(post, clients))
    assert Site.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert all(answer["Retry-After"] for answer in answers if answer.status_code == 409)


@pytest.mark.django_db(transaction=True)
def test_the_second_is_told_to_come_again(
    as_: As, operator: User, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: the second waits for the first")
    from core import idempotency

    inside, done = Event(), Event()
    real = idempotency.pack

    def slow(text: str) -> bytes:
        inside.set()
        assert done.wait(20)
        return real(text)

    monkeypatch.setattr(idempotency, "pack", slow)
    body = {"customer": acme.pk, "name": "Frankfurt"}

    def post() -> Any:
        try:
            return as_(operator).post(SITES, body, HTTP_IDEMPOTENCY_KEY="one")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post)
        assert inside.wait(20)
        second = as_(operator).post(SITES, body, HTTP_IDEMPOTENCY_KEY="one")
        done.set()
        assert first.result().status_code == 201
    assert (second.status_code, second["Retry-After"]) == (409, "1")
    assert as_(operator).post(SITES, body, HTTP_IDEMPOTENCY_KEY="one")["Idempotent-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_to_what_both_have_read_one_is_lost_and_told(as_: As, operator: User, acme: Customer) -> None:
    site = Site.objects.create(customer=acme, name="Frankfurt")
    url = f"{SITES}{site.pk}/"
    read, barrier = as_(operator).get(url)["ETag"], Barrier(4)

    def patch(region: str) -> int:
        barrier.wait(10)
        try:
            return int(as_(operator).patch(url, {"region": region}, HTTP_IF_MATCH=read).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(patch, "abcd"))
    assert statuses == [200, 412, 412, 412]
    assert AuditEvent.objects.filter(action="site.change").count() == 1
