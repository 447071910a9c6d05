"""The outbox: deliveries written in the transaction that ends a job, and workers told of those that are due.

A message to a worker is only a nudge: the sweep tells again of what nobody took, and takes back what a dead worker had.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.urls import reverse
from django.utils import timezone

from core.tenancy import within
from jobs.models import Job
from notifications.enums import DELIVERY_ENDED, BadEnd, ChannelKind, DeliveryState, Event
from notifications.models import Channel, Delivery
from users.selectors import customers_for

log = logging.getLogger(__name__)

LOST_AFTER = timedelta(seconds=120)
"""Longer than any attempt: looking up a name, and the limit of a mail or webhook."""
WAKE_AGAIN = timedelta(seconds=30)
MOST_AT_ONCE = 200
KEPT_DAYS = 90


def note_ending(job: Job) -> None:
    """Write a delivery for each channel that hears of the job, in the caller's transaction."""
    if job.status not in BadEnd.values:
        return
    channels = [channel for channel in _listening(job) if _hears(channel, job)]
    if not channels:
        return
    payload = payload_of(job)
    Delivery.objects.bulk_create(
        [
            Delivery(customer_id=job.customer_id, channel=channel, job=job, event=Event.JOB_ENDED, payload=payload)
            for channel in channels
        ],
        ignore_conflicts=True,  # told already
    )
    written = Delivery.objects.filter(job=job, state=DeliveryState.QUEUED).values_list("pk", flat=True)
    transaction.on_commit(partial(wake, list(written)))


def _listening(job: Job) -> list[Channel]:
    """The enabled channels of its customer; of a user's own that would say the same, one."""
    rows = Channel.objects.filter(customer=job.customer_id, enabled=True).select_related("owner").order_by("pk")
    return [channel for channel in rows if job.status in channel.ends and job.kind in (channel.job_kinds or [job.kind])]


def _hears(channel: Channel, job: Job) -> bool:
    if channel.kind != ChannelKind.PERSONAL:
        return True
    assert channel.owner is not None
    if channel.only_own and channel.owner_id != job.requested_by_id:
        return False
    return customers_for(channel.owner).filter(pk=job.customer_id).exists()


def payload_of(job: Job) -> dict[str, Any]:
    """What is told of a job, as receivers of a webhook get it."""
    customer, by, schedule = job.customer, job.requested_by, job.schedule
    return {
        "type": Event.JOB_ENDED.value,
        "timestamp": _moment(job.finished_at or timezone.now()),
        "data": {
            "customer": {"id": customer.pk, "name": customer.name, "slug": customer.slug},
            "job": {
                "id": job.pk,
                "kind": str(job.kind),
                "status": str(job.status),
                "requested_by": by.get_username() if by else None,
                "schedule": schedule.name if schedule else None,
                "created_at": _moment(job.created_at),
                "started_at": _moment(job.started_at),
                "finished_at": _moment(job.finished_at),
                "targets": {
                    "total": job.targets_total,
                    "succeeded": job.targets_succeeded,
                    "failed": job.targets_failed,
                    "other": job.targets_other,
                },
                "reasons": job.summary.get("reasons", {}),
                "url": link(reverse("ui:job_detail", args=[job.pk])),
            },
        },
    }


def link(path: str) -> str | None:
    """An address for people; None where nobody has said under which name webnet is reached."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else None


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None


def wake(deliveries: Iterable[int]) -> bool:
    """Tell workers; one that hears of a delivery twice finds it claimed. Says whether the broker took it all."""
    from notifications.tasks import send_delivery_task  # a worker's; pages need not load it to start

    wanted, told = list(deliveries), []
    for pk in wanted:
        try:
            send_delivery_task.apply_async(args=(pk,), expires=WAKE_AGAIN.total_seconds(), retry=False)
        except Exception as error:
            log.warning("delivery %s not passed on: %s", pk, type(error).__name__)
            break  # the broker is away: the sweep tells again
        told.append(pk)
    Delivery.objects.filter(pk__in=told).exclude(state__in=DELIVERY_ENDED).update(woken_at=timezone.now())
    return len(told) == len(wanted)


def sweep() -> None:
    """Take back what dead workers held, and tell of what is due and nobody was told of lately."""
    now = timezone.now()
    lost = Delivery.objects.filter(state=DeliveryState.SENDING, claimed_at__lt=now - LOST_AFTER)
    if taken_back := lost.update(
        state=DeliveryState.QUEUED, token=None, claimed_at=None, woken_at=None, next_attempt_at=now
    ):
        log.warning("%s deliveries lost their worker", taken_back)
    due = Delivery.objects.filter(
        Q(woken_at=None) | Q(woken_at__lt=now - WAKE_AGAIN), state=DeliveryState.QUEUED, next_attempt_at__lte=now
    )
    # one of each customer: who has sent it goes on with the next one
    firsts = due.order_by().values_list("customer_id").annotate(first=Min("pk"))
    for customer, pk in firsts[:MOST_AT_ONCE]:
        with within(frozenset({customer})):
            if not wake([pk]):
                return


def forget_old() -> None:
    """Deliveries are kept for a season."""
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    Delivery.objects.filter(created_at__lt=old, state__in=DELIVERY_ENDED).delete()
