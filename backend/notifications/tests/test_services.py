"""Channels: who may, what is refused and in which words, what the audit trail says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError

from core.errors import Refused
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from notifications.models import Channel, Delivery
from notifications.selectors import channels_for, deliveries_for
from notifications.services import (
    create_channel,
    delete_channel,
    resend_delivery,
    rotate_secret,
    test_channel,
    update_channel,
)  # fmt: skip
from notifications.tests.conftest import EndJob
from users.keys import create_key, user_by_key
from users.models import User
from users.permissions import NotAllowed

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/services/T000/very-hidden"


@pytest.fixture
def hook(admin: User, acme: Customer) -> Channel:
    return create_channel(actor=admin, customer=acme, kind="webhook", name="Pager", address=URL)


@pytest.mark.parametrize("kind", ["mail", "webhook"])
def test_a_customers_channel_is_made_by_its_admins_alone(
    operator: User, viewer: User, stranger: User, acme: Customer, kind: str
) -> None:
    for user in (operator, viewer, stranger):
        with pytest.raises(NotAllowed):
            create_channel(actor=user, customer=acme, kind=kind, name="x", address=URL)


def test_nobody_listens_to_a_customer_that_is_not_theirs(stranger: User, admin: User, acme: Customer) -> None:
    with pytest.raises(ObjectDoesNotExist):
        create_channel(actor=stranger, customer=acme, kind="personal", name="x")
    acme.users.remove(admin)
    with pytest.raises(ObjectDoesNotExist):
        create_channel(actor=admin, customer=acme, kind="webhook", name="x", address=URL)


def test_what_is_mine_is_nobody_elses(admin: User, viewer: User, operator: User, mine: Channel, hook: Channel) -> None:
    assert set(channels_for(admin)) == {hook}
    assert set(channels_for(operator)) == {mine}
    assert set(channels_for(viewer)) == set()
    for work in (update_channel, delete_channel, rotate_secret, test_channel):
        for user, channel in ((admin, mine), (operator, hook)):
            with pytest.raises(ObjectDoesNotExist):
                work(actor=user, channel=channel)


def test_a_key_that_only_reads_changes_nothing(operator: User, acme: Customer, mine: Channel) -> None:
    _, text = create_key(actor=operator, user=operator, name="k", scopes=["read", "run"])
    by_key = user_by_key(text, None)
    assert by_key is not None
    with pytest.raises(NotAllowed, match="scopes of this API key"):
        create_channel(actor=by_key, customer=acme, kind="personal", name="x")
    with pytest.raises(NotAllowed, match="scopes of this API key"):
        delete_channel(actor=by_key, channel=mine)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"kind": "mail", "address": "x"}, "address", "This is no mail address."),
        ({"kind": "mail", "address": ""}, "address", "This cannot be empty."),
        ({"kind": "mail", "address": "a@b.example\nBcc: c@d.example"}, "address", "This is no mail address."),
        ({"kind": "webhook", "address": ""}, "address", "This cannot be empty."),
        ({"address": "https://127.0.0.1/"}, "address", "127.0.0.1, which is this server itself."),
        ({"address": "http://hooks.example/"}, "address", "An address that begins with https:// is expected."),
        ({"address": f"https://a.example/{'x' * 600}"}, "address", "At most 500 characters."),
        ({"kind": "personal"}, "address", "Mail to yourself goes to the address of your account."),
        ({"only_own": True}, "only_own", "Only mail to yourself can be about your own jobs alone."),
        ({"ends": []}, "ends", "Choose at least one."),
        ({"ends": ["succeeded"]}, "ends", "A list of some of failed, partial, cancelled is expected."),
        ({"ends": "failed"}, "ends", "A list of some of failed, partial, cancelled is expected."),
        ({"job_kinds": ["x"]}, "job_kinds", "is expected."),
        ({"name": ""}, "name", "This field cannot be blank."),
        ({"name": "Pager"}, "name", "There is a channel of this name."),
    ],
)
def test_what_cannot_be(
    admin: User, acme: Customer, hook: Channel, given: dict[str, Any], field: str, words: str
) -> None:
    values = {"kind": "webhook", "name": "New", "address": URL} | given
    with pytest.raises(ValidationError) as caught:
        create_channel(actor=admin, customer=acme, **values)
    assert words in " ".join(caught.value.message_dict[field])
    assert Channel.objects.count() == 1


def test_two_of_ones_own_cannot_have_one_name_and_two_users_can(
    operator: User, viewer: User, acme: Customer, mine: Channel
) -> None:
    create_channel(actor=viewer, customer=acme, kind="personal", name=mine.name)
    with pytest.raises(ValidationError, match="of this name"):
        create_channel(actor=operator, customer=acme, kind="personal", name=mine.name)


def test_neither_secret_nor_path_gets_into_the_audit_trail(admin: User, hook: Channel) -> None:
    secrets = [hook.secret, rotate_secret(actor=admin, channel=hook)]
    update_channel(actor=admin, channel=hook, address=f"{URL}2", ends=["failed"])
    test_channel(actor=admin, channel=hook)
    delete_channel(actor=admin, channel=hook)
    events = AuditEvent.objects.filter(object_type="notifications.channel").order_by("pk")
    assert [event.action for event in events] == [
        "channel.create", "channel.rotate_secret", "channel.change", "channel.test", "channel.delete",
    ]  # fmt: skip
    told = json.dumps([[event.before, event.after, event.object_label] for event in events])
    assert "https://hooks.example" in told
    for hidden in (*secrets, "very-hidden", "T000"):
        assert hidden not in told
        assert hidden.removeprefix("whsec_") not in told


def test_a_change_of_the_path_alone_is_a_change(admin: User, hook: Channel) -> None:
    assert update_channel(actor=admin, channel=hook, address=f"{URL}2").address == f"{URL}2"
    assert AuditEvent.objects.filter(action="channel.change").count() == 1
    update_channel(actor=admin, channel=hook, address=f"{URL}2")
    assert AuditEvent.objects.filter(action="channel.change").count() == 1


def test_the_address_and_secrets_are_encrypted_at_rest(hook: Channel) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT address, secret FROM notifications_channel")
        stored = " ".join(cursor.fetchone())
    assert "hidden" not in stored
    assert hook.secret not in stored


def test_only_a_webhook_has_a_secret(operator: User, mine: Channel) -> None:
    assert mine.secret == ""
    with pytest.raises(Refused, match="Only webhooks"):
        rotate_secret(actor=operator, channel=mine)


def test_one_test_at_a_time_and_none_of_what_is_off(admin: User, hook: Channel) -> None:
    test_channel(actor=admin, channel=hook)
    with pytest.raises(Refused, match="on its way"):
        test_channel(actor=admin, channel=hook)
    update_channel(actor=admin, channel=hook, enabled=False)
    with pytest.raises(Refused, match="turned off"):
        test_channel(actor=admin, channel=hook)


def test_sent_again_once_it_has_ended(
    admin: User, operator: User, hook: Channel, device: Device, end_job: EndJob
) -> None:
    end_job(admin, [device], "failed")
    row = Delivery.objects.get()
    with pytest.raises(Refused, match="on its way"):
        resend_delivery(actor=admin, delivery=row)
    Delivery.objects.update(state="failed", attempts=8, next_attempt_at=None)
    with pytest.raises(ObjectDoesNotExist):
        resend_delivery(actor=operator, delivery=row)
    again = resend_delivery(actor=admin, delivery=row)
    assert (again.state, again.attempts, again.message_id) == ("queued", 0, row.message_id)
    assert AuditEvent.objects.filter(action="delivery.resend").count() == 1
    Delivery.objects.update(state="failed")
    update_channel(actor=admin, channel=hook, enabled=False)
    with pytest.raises(Refused, match="turned off"):
        resend_delivery(actor=admin, delivery=row)


def test_deliveries_are_seen_by_who_sees_the_channel(
    admin: User, operator: User, viewer: User, stranger: User, mine: Channel, hook: Channel, device: Device,
    end_job: EndJob,
) -> None:  # fmt: skip
    end_job(operator, [device], "failed")
    seen = {
        user: set(deliveries_for(user).values_list("channel", flat=True))
        for user in (admin, operator, viewer, stranger)
    }
    assert seen == {admin: {hook.pk}, operator: {mine.pk}, viewer: set(), stranger: set()}


def test_not_more_channels_than_there_may_be(
    admin: User, acme: Customer, hook: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.services.MOST_CHANNELS", 1)
    with pytest.raises(Refused, match="At most 1"):
        create_channel(actor=admin, customer=acme, kind="webhook", name="Second", address=URL)
    assert create_channel(actor=admin, customer=acme, kind="personal", name="Second").owner == admin
