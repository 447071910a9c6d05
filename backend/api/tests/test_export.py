"""Lists as files: all rows that the filter finds, of the user's customers alone, as a stream."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from api.auth.tokens import pair_for
from api.tests.conftest import As
from core import reading
from customers.models import Customer
from devices.models import Site
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)  # the rows are read on other threads
EXPORT = "/api/v1/sites/export/"


@pytest.fixture
def sites(acme: Customer, globex: Customer) -> None:
    for name in ("Oslo", "Bergen", "=HYPERLINK()"):
        Site.objects.create(customer=acme, name=name, region="NO", latitude=-1, longitude=2)
    Site.objects.create(customer=globex, name="Elsewhere")


def text_of(as_: As, user: User, query: str) -> str:
    answer: Any = as_(user).get(EXPORT + query)
    assert answer.status_code == 200, answer.content

    async def parts() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(parts)().decode()


def test_csv_export_has_the_users_rows(as_: As, viewer: User, acme: Customer, sites: None) -> None:
    rows = list(csv.DictReader(io.StringIO(text_of(as_, viewer, ""))))
    assert [row["name"] for row in rows] == ["Oslo", "Bergen", "'=HYPERLINK()"]
    assert rows[0] == {
        "id": rows[0]["id"], "customer": str(acme.pk), "name": "Oslo", "region": "NO", "latitude": "-1.00000",
        "longitude": "2.00000",
    }  # fmt: skip


def test_json_export_honours_filter_and_fields(as_: As, viewer: User, sites: None) -> None:
    assert json.loads(text_of(as_, viewer, "?format=json&search=ber&fields=name")) == [{"name": "Bergen"}]
    assert json.loads(text_of(as_, viewer, "?format=json&search=nowhere")) == []


@pytest.mark.parametrize("query", ["format=xml", "page=2", "ordering=name", "colour=red", "fields=secret"])
def test_export_refuses_what_it_does_not_know(as_: As, viewer: User, query: str) -> None:
    assert as_(viewer).get(f"{EXPORT}?{query}").status_code == 400


def test_export_is_written_while_it_is_read(viewer: User, sites: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    token = pair_for(viewer)["access"]

    async def parts() -> list[bytes]:
        answer: Any = await AsyncClient().get(EXPORT, headers={"authorization": f"Bearer {token}"})
        return [part async for part in answer.streaming_content]

    assert len(async_to_sync(parts)()) == 3, "the column names, two rows, one row"
