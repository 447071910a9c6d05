"""Probes and metrics."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from core.services import beat


def test_healthz_touches_no_database(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_says_what_is_missing(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok", "broker": "ok", "workers": "no sign of life", "scheduler": "no sign of life",
    }  # fmt: skip
    assert client.get("/readyz?for=web").status_code == 200
    for role in ("worker", "beat"):
        beat(name=f"host:{role}", role=role)
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_readyz_tells_nothing_of_a_failure_but_its_kind(client: Client) -> None:
    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("password s3cret of db.internal refused")

    with connection.execute_wrapper(away):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "away (OperationalError)"
    assert b"s3cret" not in answer.content


METRICS = [
    # METRICS_TOKEN, embedded, given header, address, status
    ("", True, None, "127.0.0.1", 200),
    ("", True, None, "10.0.0.9", 404),
    ("", False, None, "127.0.0.1", 404),
    ("t0ken", True, None, "127.0.0.1", 404),
    ("t0ken", False, "Bearer t0ken", "10.0.0.9", 200),
    ("t0ken", False, "Bearer wrong", "10.0.0.9", 404),
    ("t0ken", False, "Bearer \xfc", "10.0.0.9", 404),
    ("t0ken", False, "Bearer ", "10.0.0.9", 404),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("token", "embedded", "header", "address", "status"), METRICS)
def test_metrics_are_for_who_brings_the_token(
    client: Client, settings: Any, token: str, embedded: bool, header: str | None, address: str, status: int
) -> None:
    settings.METRICS_TOKEN, settings.EMBEDDED = token, embedded
    headers = {} if header is None else {"authorization": header}
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status
