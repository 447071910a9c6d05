"""Which channels hear of which job: once, in the transaction that ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from conftest import make_user
from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from jobs.progress import settle
from jobs.recovery import take_back_lost_shards
from jobs.services import cancel_job
from notifications.models import Channel, Delivery
from notifications.outbox import KEPT_DAYS, LOST_AFTER, forget_old, note_ending, sweep
from notifications.sending import claim
from notifications.services import create_channel
from notifications.tests.conftest import EndJob
from users.enums import Role
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(device: Device, make_device: Callable[..., Device]) -> list[Device]:
    return [device, make_device(device.customer, "acme-r2")]


def add(admin: User, customer: Customer, **fields: Any) -> Channel:
    values = {"kind": "mail", "name": "On call", "address": "noc@acme.example"} | fields
    return create_channel(actor=admin, customer=customer, **values)


def heard() -> list[str]:
    return sorted(Delivery.objects.values_list("channel__name", flat=True))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("succeeded", "succeeded"), []),
        (("failed", "succeeded"), ["partial", "usual"]),
        (("failed", "failed"), ["failed", "usual"]),
    ],
)
def test_a_channel_hears_of_the_ends_that_it_names(
    admin: User, acme: Customer, two: list[Device], end_job: EndJob, statuses: tuple[str, ...], expected: list[str]
) -> None:
    add(admin, acme, name="usual")
    for end in ("failed", "partial", "cancelled"):
        add(admin, acme, name=end, ends=[end])
    job = end_job(admin, two, *statuses)
    assert heard() == expected
    assert set(Delivery.objects.values_list("job", flat=True)) <= {job.pk}


def test_a_cancelled_job(admin: User, acme: Customer, device: Device, make_job: Callable[..., Job]) -> None:
    add(admin, acme, name="cancelled", ends=["cancelled"])
    add(admin, acme, name="usual")
    cancel_job(actor=admin, job=make_job(admin, [device]))
    assert heard() == ["cancelled"]


def test_only_some_kinds_and_only_what_is_on(admin: User, acme: Customer, device: Device, end_job: EndJob) -> None:
    add(admin, acme, name="backups", job_kinds=["config_backup"])
    add(admin, acme, name="others", job_kinds=["reachability", "run_commands"])
    add(admin, acme, name="off", enabled=False)
    end_job(admin, [device], "failed")
    assert heard() == ["backups"]


def test_another_customers_job_is_not_heard_of(
    superadmin: User, acme: Customer, foreign_device: Device, end_job: EndJob
) -> None:
    add(superadmin, acme)
    create_channel(actor=superadmin, customer=acme, kind="personal", name="mine")
    end_job(superadmin, [foreign_device], "failed")
    assert heard() == []


def test_ones_own_jobs_or_all_of_them(
    operator: User, viewer: User, admin: User, acme: Customer, device: Device, end_job: EndJob
) -> None:
    for user in (operator, admin):
        create_channel(actor=user, customer=acme, kind="personal", name=f"own of {user}", only_own=True)
    create_channel(actor=viewer, customer=acme, kind="personal", name="all")
    end_job(operator, [device], "failed")
    assert heard() == ["all", "own of operator"]


def test_who_has_lost_the_customer_hears_nothing(
    operator: User, admin: User, acme: Customer, device: Device, end_job: EndJob
) -> None:
    gone = make_user("gone", Role.OPERATOR, acme)
    for user in (operator, gone):
        create_channel(actor=user, customer=acme, kind="personal", name="mine")
    operator.customers.clear()
    gone.is_active = False
    gone.save()
    end_job(admin, [device], "failed")
    assert heard() == []


def test_one_delivery_however_often_it_is_told(admin: User, acme: Customer, device: Device, end_job: EndJob) -> None:
    add(admin, acme)
    job = end_job(admin, [device], "failed")
    settle(job.pk)
    take_back_lost_shards()
    with transaction.atomic():
        note_ending(job)
    assert Delivery.objects.count() == 1


def test_what_is_told(admin: User, acme: Customer, two: list[Device], end_job: EndJob, settings: Any) -> None:
    settings.PUBLIC_URL = "https://webnet.acme.example"
    add(admin, acme)
    job = end_job(admin, two, "failed", "succeeded")
    told = Delivery.objects.get().payload
    assert told["type"] == "job.ended"
    assert told["data"]["customer"] == {"id": acme.pk, "name": "Acme Networks", "slug": "acme"}
    shown = told["data"]["job"]
    assert (shown["id"], shown["kind"], shown["status"]) == (job.pk, "config_backup", "partial")
    assert shown["targets"] == {"total": 2, "succeeded": 1, "failed": 1, "other": 0}
    assert shown["reasons"] == {"timeout": {"count": 1, "devices": ["acme-r1"]}}
    assert (shown["requested_by"], shown["url"]) == ("admin", f"https://webnet.acme.example/jobs/{job.pk}/")
    assert told["timestamp"] == shown["finished_at"]
    assert shown["finished_at"].endswith("Z")


def test_a_fault_here_does_not_keep_a_job_from_ending(
    admin: User, acme: Customer, device: Device, end_job: EndJob, settings: Any
) -> None:
    channel = add(admin, acme)
    Channel.objects.filter(pk=channel.pk).update(ends=5)  # which nothing of ours writes
    assert end_job(admin, [device], "failed").status == "failed"
    assert heard() == []


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_with_the_job_is_not_told(
    admin: User, acme: Customer, device: Device, make_job: Callable[..., Job]
) -> None:
    add(admin, acme)
    job = make_job(admin, [device])
    job.shards.update(status="done")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        settle(job.pk)
        assert Delivery.objects.count() == 1
        raise ZeroDivisionError
    assert Delivery.objects.count() == 0


def test_what_a_dead_worker_held_is_due_again(admin: User, acme: Customer, device: Device, end_job: EndJob) -> None:
    add(admin, acme)
    end_job(admin, [device], "failed")
    row = Delivery.objects.get()
    held = claim(row.pk)
    assert held is not None
    assert claim(row.pk) is None
    sweep()
    assert Delivery.objects.get().state == "sending"
    Delivery.objects.update(claimed_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    sweep()
    row.refresh_from_db()
    assert (row.state, row.token, row.attempts) == ("queued", None, 1)
    again = claim(row.pk)
    assert again is not None
    assert again.token != held.token


def test_old_deliveries_are_forgotten_and_open_ones_are_not(
    admin: User, acme: Customer, device: Device, end_job: EndJob
) -> None:
    for name in ("a", "b", "c"):
        add(admin, acme, name=name)
    end_job(admin, [device], "failed")
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=KEPT_DAYS + 1))
    Delivery.objects.filter(channel__name="a").update(state="sent")
    Delivery.objects.filter(channel__name="b").update(state="failed", created_at=timezone.now())
    forget_old()
    assert heard() == ["b", "c"]
