"""One attempt at a delivery: claimed by compare-and-set, sent, and what came of it written down.

At least once: who dies between sending and writing it down sends it again, with the same id.
"""

from __future__ import annotations

import json
import logging
import random
import time
import uuid
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from core.services import audit
from core.tenancy import EVERY, within
from core.text import storable
from notifications import mail, signing
from notifications.enums import ChannelKind, DeliveryState
from notifications.guard import BadAddress, read_url
from notifications.models import LONGEST_ADDRESS, Channel, Delivery
from notifications.outbox import wake
from notifications.wire import Answer, NotDelivered, post
from users.selectors import customers_for

log = logging.getLogger(__name__)

WAITS_S = (5, 60, 300, 1800, 7200, 18_000, 36_000)
"""Between attempts; after the last one, 18 hours in all, a delivery has failed."""
GIVE_UP_AFTER = timedelta(days=3)
"""A channel at which nothing arrives for so long is turned off."""
GONE = 410
"""By this status a receiver says that it wants no more."""


def send_delivery(delivery_id: int) -> None:
    """Send it if it is due and nobody else does; then have the customer's next one sent."""
    with within(EVERY):
        customer = Delivery.objects.filter(pk=delivery_id).values_list("customer_id", flat=True).first()
    if customer is None:
        return
    with within(frozenset({customer})):
        # one at a time of each customer: receivers that hang hold one worker process, and not all of them
        if Delivery.objects.filter(customer=customer, state=DeliveryState.SENDING).exists():
            return
        delivery = claim(delivery_id)
        if delivery is not None:
            _attempt(delivery)
            wake(_next(customer))


def _next(customer: int) -> list[int]:
    due = Delivery.objects.filter(customer=customer, state=DeliveryState.QUEUED, next_attempt_at__lte=timezone.now())
    return list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:1])


def claim(delivery_id: int) -> Delivery | None:
    """The delivery, which is this process's from here on; None where it is not due or another one has it."""
    now, token = timezone.now(), uuid.uuid4()
    due = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED, next_attempt_at__lte=now)
    if due.update(state=DeliveryState.SENDING, token=token, claimed_at=now, attempts=F("attempts") + 1) != 1:
        return None
    return Delivery.objects.select_related("channel__owner", "customer").get(pk=delivery_id)


def _attempt(delivery: Delivery) -> None:
    begun = time.monotonic()
    answer, problem, is_final = None, "", False
    try:
        answer = _send(delivery)
        if answer is not None and not 200 <= answer.status < 300:
            problem = _refusal(answer)
    except NotDelivered as error:
        problem, is_final = str(error), error.is_final
    except (OperationalError, InterfaceError):
        raise  # the database is away: the sweep takes it back
    except Exception:
        log.exception("delivery %s", delivery.pk)
        problem = "Something went wrong on the server; its log says what."
    told: dict[str, Any] = {
        "claimed_at": None, "attempted_at": timezone.now(), "problem": storable(problem)[:500],
        "answer_status": answer.status if answer else None, "answer": storable(answer.text) if answer else "",
        "took_ms": int((time.monotonic() - begun) * 1000),
        "recipient": delivery.channel.shown_address[:LONGEST_ADDRESS],
    }  # fmt: skip
    with transaction.atomic():
        _write(delivery, told, is_final=is_final)


def _send(delivery: Delivery) -> Answer | None:
    """Raises NotDelivered."""
    channel = delivery.channel
    if not channel.enabled:
        raise NotDelivered("The channel is turned off.", is_final=True)
    if channel.kind == ChannelKind.WEBHOOK:
        return _post(delivery)
    mail.send(delivery, _mail_address(channel))
    return None


def _mail_address(channel: Channel) -> str:
    if channel.kind == ChannelKind.MAIL:
        return channel.address
    assert channel.owner is not None
    if not customers_for(channel.owner).filter(pk=channel.customer_id).exists():
        raise NotDelivered("The user does not see this customer any more.", is_final=True)
    if not channel.owner.email:
        raise NotDelivered("The user's account has no mail address.", is_final=True)
    return channel.owner.email


def _post(delivery: Delivery) -> Answer:
    channel, now = delivery.channel, timezone.now()
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    keys = [channel.secret]
    if channel.old_secret and channel.old_secret_until and channel.old_secret_until > now:
        keys.append(channel.old_secret)
    signed = signing.headers(keys, delivery.webhook_id, int(now.timestamp()), body)
    try:
        return post(read_url(channel.address), body, signed)
    except BadAddress as error:
        raise NotDelivered(str(error), is_final=True) from error


def _refusal(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"The receiver answered {answer.status}, a redirect, which is not followed."
    if answer.status == GONE:
        return "The receiver answered 410: it wants no more."
    return f"The receiver answered {answer.status}."


def _write(delivery: Delivery, told: dict[str, Any], *, is_final: bool) -> None:
    """How the attempt ended, unless it was taken from this process meanwhile."""
    now = timezone.now()
    is_final = is_final or delivery.attempts > len(WAITS_S) or told["answer_status"] == GONE
    if not told["problem"]:
        told |= {"state": DeliveryState.SENT, "sent_at": now, "next_attempt_at": None}
    elif is_final:
        told |= {"state": DeliveryState.FAILED, "next_attempt_at": None}
    else:
        wait = WAITS_S[delivery.attempts - 1] * random.uniform(1, 1.2)  # nosec B311: nothing secret
        told |= {"state": DeliveryState.QUEUED, "woken_at": None, "next_attempt_at": now + timedelta(seconds=wait)}
    held = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING, token=delivery.token)
    if held.update(**told, token=None) != 1:
        return
    channels = Channel.objects.filter(pk=delivery.channel_id)
    if not told["problem"]:
        channels.exclude(failing_since=None).update(failing_since=None)
        return
    channels.filter(failing_since=None).update(failing_since=now)
    if is_final:
        _give_up(delivery, told)


def _give_up(delivery: Delivery, told: dict[str, Any]) -> None:
    """Turn the channel off where nothing has arrived for days, or the receiver wants no more."""
    channel = Channel.objects.select_for_update().get(pk=delivery.channel_id)
    is_gone = told["answer_status"] == GONE
    since = channel.failing_since
    if not channel.enabled or not (is_gone or (since and since < timezone.now() - GIVE_UP_AFTER)):
        return
    words = "" if is_gone else f"Nothing has arrived for {GIVE_UP_AFTER.days} days. "
    channel.enabled = False
    channel.disabled_because = f"{words}{told['problem']}"[:500]
    channel.save(update_fields=["enabled", "disabled_because"])
    audit(
        "channel.turn_off", channel, actor=None, before={"enabled": True},
        after={"enabled": False, "because": channel.disabled_because},
    )  # fmt: skip
