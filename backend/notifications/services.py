"""Channels made, changed, tried and removed; deliveries sent again. What is written, the audit trail tells of."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import Refused
from core.services import audit
from core.services import changes as differences
from customers.models import Customer
from notifications.enums import DELIVERY_ENDED, ChannelKind, DeliveryState, Event
from notifications.models import Channel, Delivery
from notifications.outbox import wake
from notifications.selectors import channels_for, deliveries_for
from notifications.signing import new_secret
from users.enums import Scope
from users.models import User
from users.permissions import BeyondOwn, Permission, demand
from users.selectors import customers_for

MOST_CHANNELS = 50
"""Of a customer, or of a user for one customer."""
OLD_SECRET_LIVES = timedelta(hours=24)
CHANGEABLE = ("name", "address", "only_own", "ends", "job_kinds", "enabled")


def create_channel(*, actor: User, customer: Customer, kind: str, **values: Any) -> Channel:
    """One's own with a login alone, a customer's by its admins. A webhook's secret is in what is returned, to be shown
    once. Raises NotAllowed, Refused, ValidationError by field, ObjectDoesNotExist."""
    is_own = kind == ChannelKind.PERSONAL
    _demand(actor, is_own=is_own)
    if not customers_for(actor).filter(pk=customer.pk).exists():
        raise ObjectDoesNotExist("There is no such customer.")
    row = Channel(customer=customer, kind=kind, owner=actor if is_own else None, **values)
    row.secret = new_secret() if kind == ChannelKind.WEBHOOK else ""
    try:
        with transaction.atomic():
            if Channel.objects.filter(customer=customer, owner=row.owner).count() >= MOST_CHANNELS:
                raise Refused(f"At most {MOST_CHANNELS} channels.")
            _clean(row)
            row.save(force_insert=True)
            audit("channel.create", row, actor=actor, after={"kind": kind, **_told(row)})
    except IntegrityError:
        row.pk = None
        _clean(row)  # somebody was quicker, and now it tells what they took
        raise
    return row


def update_channel(*, actor: User, channel: Channel, **changes: Any) -> Channel:
    """What CHANGEABLE names. Turning it on again forgets why it was off."""
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"no such field of a channel: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        row = _held(actor, channel)
        was, told = _state(row), _told(row)
        for name, value in changes.items():
            setattr(row, name, value)
        _clean(row)
        if _state(row) == was:
            return row
        if row.enabled:
            row.disabled_because = ""
        if row.enabled and (not was["enabled"] or row.address != was["address"]):
            row.failing_since = None  # a new beginning
        row.save()
        before, after = differences(told, _told(row))
        audit("channel.change", row, actor=actor, before=before, after=after)
    return row


def delete_channel(*, actor: User, channel: Channel) -> None:
    """With what was sent through it."""
    with transaction.atomic():
        row = _held(actor, channel)
        audit("channel.delete", row, actor=actor, before=_told(row))
        row.delete()


def rotate_secret(*, actor: User, channel: Channel) -> str:
    """A new secret, to be shown once. For a day messages are signed with both."""
    with transaction.atomic():
        row = _held(actor, channel)
        if row.kind != ChannelKind.WEBHOOK:
            raise Refused("Only webhooks have a secret.")
        row.old_secret, row.old_secret_until = row.secret, timezone.now() + OLD_SECRET_LIVES
        row.secret = new_secret()
        row.save(update_fields=["secret", "old_secret", "old_secret_until"])
        audit("channel.rotate_secret", row, actor=actor)
    return row.secret


def test_channel(*, actor: User, channel: Channel) -> Delivery:
    """Send something to see that it arrives."""
    with transaction.atomic():
        row = _held(actor, channel)
        if not row.enabled:
            raise Refused("The channel is turned off.")
        if row.deliveries.filter(event=Event.TEST).exclude(state__in=DELIVERY_ENDED).exists():
            raise Refused("A test is on its way already.")
        customer = row.customer
        payload = {
            "type": Event.TEST.value,
            "timestamp": timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": {
                "customer": {"id": customer.pk, "name": customer.name, "slug": customer.slug},
                "channel": row.name,
                "asked_by": actor.get_username(),
            },
        }
        delivery = Delivery.objects.create(
            customer=customer, channel=row, event=Event.TEST, payload=payload, next_attempt_at=timezone.now()
        )
        audit("channel.test", row, actor=actor)
        transaction.on_commit(partial(wake, [delivery.pk]))
    return delivery


test_channel.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for one of its own


def resend_delivery(*, actor: User, delivery: Delivery) -> Delivery:
    """Once more, with the same id and content."""
    row = deliveries_for(actor).select_related("channel").get(pk=delivery.pk)
    _demand(actor, is_own=row.channel.owner_id is not None)
    if not row.channel.enabled:
        raise Refused("The channel is turned off.")
    with transaction.atomic():
        ended = Delivery.objects.filter(pk=row.pk, state__in=DELIVERY_ENDED)
        now = timezone.now()
        if ended.update(state=DeliveryState.QUEUED, attempts=0, next_attempt_at=now, woken_at=None) != 1:
            raise Refused("It is on its way already.")
        audit("delivery.resend", row, actor=actor)
        transaction.on_commit(partial(wake, [row.pk]))
    row.refresh_from_db()
    return row


def _held(actor: User, channel: Channel) -> Channel:
    row = channels_for(actor).select_for_update(of=("self",)).get(pk=channel.pk)
    _demand(actor, is_own=row.owner_id is not None)
    return row


def _demand(actor: User, *, is_own: bool) -> None:
    """Everybody has mail sent to themselves; the customer's channels are its admins'."""
    demand(actor, Permission.VIEW if is_own else Permission.MANAGE_SYSTEM)
    if actor.api_key is not None and Scope.WRITE not in actor.api_key.scopes:
        raise BeyondOwn("The scopes of this API key do not allow this (write).")


def _state(row: Channel) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CHANGEABLE}


def _told(row: Channel) -> dict[str, Any]:
    """What the audit trail keeps: of a webhook's address not the path, which may be a secret."""
    return _state(row) | {"address": row.shown_address}


def _clean(row: Channel) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        if any(one.code in {"unique_together", "unique"} for one in error.error_dict.get(NON_FIELD_ERRORS, [])):
            raise ValidationError({"name": "There is a channel of this name."}) from None
        raise
