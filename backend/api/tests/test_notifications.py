"""Notification channels and deliveries through the API."""

from __future__ import annotations

from typing import Any

import pytest

from api.tests.conftest import As, with_header
from customers.models import Customer
from notifications.models import Channel, Delivery
from notifications.services import create_channel
from users.keys import create_key
from users.models import User

pytestmark = pytest.mark.django_db
CHANNELS, DELIVERIES = "/api/v1/notification-channels/", "/api/v1/deliveries/"


def body(customer: Customer, **fields: Any) -> dict[str, Any]:
    return {"customer": customer.pk, "kind": "webhook", "name": "Pager", "address": "https://hooks.example/T1"} | fields


@pytest.fixture
def hook(admin: User, acme: Customer) -> Channel:
    return create_channel(actor=admin, customer=acme, kind="webhook", name="Pager", address="https://hooks.example/T1")


def test_the_secret_is_in_the_answer_to_making_it_alone(as_: As, admin: User, acme: Customer) -> None:
    client = as_(admin)
    made = client.post(CHANNELS, body(acme)).json()
    row = Channel.objects.get()
    assert made["secret"] == row.secret
    assert made["ends"] == ["failed", "partial"]
    shown = client.get(f"{CHANNELS}{row.pk}/")
    listed = client.get(CHANNELS)
    for answer in (shown, listed):
        assert row.secret not in answer.content.decode()
        assert "secret" not in answer.content.decode()
    renewed = client.post(f"{CHANNELS}{row.pk}/secret/").json()["secret"]
    row.refresh_from_db()
    assert renewed == row.secret != made["secret"]


def test_a_repeated_request_makes_one_channel_and_shows_its_secret_again(as_: As, admin: User, acme: Customer) -> None:
    client = as_(admin)
    first, second = (client.post(CHANNELS, body(acme), headers={"Idempotency-Key": "k"}).json() for _ in range(2))
    assert first == second
    assert Channel.objects.count() == 1


def test_change_and_delete(as_: As, admin: User, hook: Channel) -> None:
    client, place = as_(admin), f"{CHANNELS}{hook.pk}/"
    tag = client.get(place)["ETag"]
    answer = client.patch(place, {"ends": ["cancelled", "failed"], "enabled": False}, headers={"If-Match": tag})
    assert (answer.json()["ends"], answer.json()["enabled"]) == (["failed", "cancelled"], False)
    assert client.patch(place, {"name": "x"}, headers={"If-Match": tag}).status_code == 412
    assert client.patch(place, {"kind": "mail"}).status_code == 400
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"address": "https://169.254.169.254/latest/"}, "address"),
        ({"address": "http://hooks.example/"}, "address"),
        ({"address": ""}, "address"),
        ({"kind": "mail"}, "address"),
        ({"kind": "personal"}, "address"),
        ({"ends": []}, "ends"),
        ({"job_kinds": ["x"]}, "job_kinds"),
        ({"only_own": True}, "only_own"),
        ({"secret": "whsec_x"}, "secret"),
    ],
)
def test_what_is_refused(as_: As, admin: User, acme: Customer, given: dict[str, Any], field: str) -> None:
    answer = as_(admin).post(CHANNELS, body(acme, **given))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert not Channel.objects.exists()


def test_who_may(as_: As, operator: User, viewer: User, stranger: User, acme: Customer, hook: Channel) -> None:
    for user in (operator, viewer):
        assert as_(user).post(CHANNELS, body(acme)).status_code == 403
        assert as_(user).get(CHANNELS).json()["count"] == 0
        assert as_(user).get(f"{CHANNELS}{hook.pk}/").status_code == 404
    mine = {"customer": acme.pk, "kind": "personal", "name": "to me", "only_own": True}
    made = as_(viewer).post(CHANNELS, mine)
    assert (made.status_code, made.json()["secret"]) == (201, "")
    assert as_(viewer).get(CHANNELS).json()["count"] == 1
    assert as_(operator).get(f"{CHANNELS}{made.json()['id']}/").status_code == 404
    assert as_(stranger).post(CHANNELS, mine).status_code == 400


def test_a_key_that_reads_writes_nothing(viewer: User, acme: Customer) -> None:
    _, text = create_key(actor=viewer, user=viewer, name="k", scopes=["read"])
    client = with_header(f"Api-Key {text}")
    mine = {"customer": acme.pk, "kind": "personal", "name": "to me"}
    assert client.post(CHANNELS, mine).status_code == 403
    assert client.get(CHANNELS).status_code == 200


def test_from_a_test_to_sending_it_again(as_: As, admin: User, hook: Channel) -> None:
    client = as_(admin)
    made = client.post(f"{CHANNELS}{hook.pk}/test/")
    assert (made.status_code, made.json()["state"], made.json()["event"]) == (201, "queued", "test")
    assert client.post(f"{CHANNELS}{hook.pk}/test/").status_code == 409
    place = f"{DELIVERIES}{made.json()['id']}/"
    assert client.get(place).json()["payload"]["type"] == "test"
    assert client.post(f"{place}resend/").status_code == 409
    Delivery.objects.update(state="failed", problem="The receiver answered 500.", answer_status=500)
    assert client.get(f"{DELIVERIES}?state=failed&channel={hook.pk}").json()["count"] == 1
    assert client.get(f"{DELIVERIES}?state=sent").json()["count"] == 0
    assert client.post(f"{place}resend/").json()["state"] == "queued"
    assert client.get(f"{DELIVERIES}export/").status_code == 200


@pytest.mark.parametrize("place", [CHANNELS, DELIVERIES])
def test_lists_ask_as_often_for_three_as_for_one(
    as_: As, admin: User, acme: Customer, hook: Channel, django_assert_max_num_queries: Any, place: str
) -> None:
    client = as_(admin)

    def add(number: int) -> None:
        row = create_channel(actor=admin, customer=acme, kind="personal", name=f"mine {number}")
        Delivery.objects.create(customer=acme, channel=row, event="test", payload={})

    add(0)
    with django_assert_max_num_queries(30) as first:
        assert client.get(place).status_code == 200
    add(1)
    add(2)
    with django_assert_max_num_queries(len(first)):
        client.get(place)
