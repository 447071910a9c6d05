"""Sessions around which the configuration changed: which backup tells, and who is named."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models.signals import pre_save
from django.utils import timezone

from config_mgmt.models import ConfigSnapshot
from config_mgmt.services import keep_snapshots
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from jobs.kinds import Finished
from jobs.models import Job, JobTarget
from networkops.errors import HostUnreachable
from networkops.types import FetchedConfig
from terminals.changes import GAVE_UP, MOST_TRIES, follow_sessions
from terminals.enums import EndReason
from terminals.models import SessionChange, TerminalSession
from terminals.services import end_session, mark_typed
from users.models import User

BEFORE, AFTER = (f"hostname {name}\ninterface Loopback0\nend\n" for name in ("r1", "r2"))


def opened(device: Device, user: User, *, typed: bool = True, at: datetime | None = None) -> TerminalSession:
    session = TerminalSession.objects.create(
        customer=device.customer, device=device, user=user, username=user.username, holder=user,
        correlation_id="c-of-the-session", home="here", seen_at=timezone.now(), opened_at=at or timezone.now(),
    )  # fmt: skip
    if typed:
        mark_typed(session=session)
    return session


def end(session: TerminalSession, reason: EndReason = EndReason.CLOSED) -> None:
    end_session(actor=session.user, session=session, reason=reason, detail="", bytes_out=0, recorded_s=0)


def run(job: Job, text: str) -> None:
    """As workers do; without text the device cannot be reached."""
    target = job.targets.get()
    JobTarget.objects.filter(pk=target.pk).update(started_at=timezone.now(), status="running")
    error = None if text else HostUnreachable("no TCP connection to r1")
    with transaction.atomic():
        keep_snapshots(job, [Finished(target, None if error else FetchedConfig(text), error)])
    status, values = ("failed", {"error_code": "x", "error_text": str(error)}) if error else ("succeeded", {})
    JobTarget.objects.filter(pk=target.pk).update(status=status, finished_at=timezone.now(), **values)
    Job.objects.filter(pk=job.pk).update(status=status, finished_at=timezone.now(), started_at=timezone.now())


def check(session: TerminalSession) -> tuple[str, str]:
    session.refresh_from_db()
    return session.config_check, session.config_detail


@pytest.fixture
def known(make_snapshot: Callable[..., ConfigSnapshot], device: Device) -> ConfigSnapshot:
    snapshot = make_snapshot(device, BEFORE)
    JobTarget.objects.update(status="succeeded", finished_at=timezone.now())
    return snapshot


def test_a_change_is_found_by_a_backup_of_the_user(device: Device, operator: User, known: ConfigSnapshot) -> None:
    session = opened(device, operator)
    assert follow_sessions() == 0 and not Job.objects.filter(correlation_id="c-of-the-session").exists()
    end(session)
    assert follow_sessions() == 0
    job = Job.objects.get(correlation_id="c-of-the-session")
    assert (job.kind, job.requested_by, check(session)[0]) == ("config_backup", operator, "waiting")
    assert follow_sessions() == 0, "one backup is enough"
    run(job, AFTER)
    assert follow_sessions() == 1
    assert check(session) == ("changed", "")
    change = SessionChange.objects.get()
    assert (change.session, change.before, change.after.version) == (session, known, 2)
    event = AuditEvent.objects.get(action="terminal.config_changed")
    assert (event.actor, event.customer) == (operator, device.customer)
    assert follow_sessions() == 0
    assert Job.objects.filter(correlation_id="c-of-the-session").count() == 1


def test_an_unchanged_configuration_leaves_no_record(device: Device, operator: User, known: ConfigSnapshot) -> None:
    session = opened(device, operator)
    end(session)
    follow_sessions()
    run(Job.objects.latest("pk"), f"! Last configuration change at 10:00:00 UTC\n{BEFORE}")
    follow_sessions()
    assert check(session) == ("unchanged", "")
    assert not SessionChange.objects.exists()


def test_without_an_earlier_backup_nothing_is_claimed(device: Device, operator: User) -> None:
    session = opened(device, operator)
    end(session)
    follow_sessions()
    run(Job.objects.get(), AFTER)
    follow_sessions()
    assert check(session) == ("first", "")
    assert not SessionChange.objects.exists()


def test_a_backup_that_fails_is_told_in_words(device: Device, operator: User, known: ConfigSnapshot) -> None:
    session = opened(device, operator)
    end(session)
    follow_sessions()
    run(Job.objects.latest("pk"), "")
    follow_sessions()
    assert check(session) == ("failed", "no TCP connection to r1")


def test_a_session_whose_device_was_disabled(device: Device, operator: User, known: ConfigSnapshot) -> None:
    session = opened(device, operator)
    Device.objects.filter(pk=device.pk).update(enabled=False)
    end(session, EndReason.DISABLED)
    follow_sessions()
    follow_sessions()
    assert check(session) == ("failed", "The device is disabled.")


def test_where_nobody_typed_or_the_customer_wants_none(device: Device, operator: User, acme: Customer) -> None:
    quiet = opened(device, operator, typed=False)
    end(quiet)
    Customer.objects.filter(pk=acme.pk).update(backup_after_session=False)
    unwanted = opened(device, operator)
    end(unwanted)
    follow_sessions()
    assert (check(quiet)[0], check(unwanted)[0], Job.objects.count()) == ("", "", 0)


def test_a_running_backup_is_waited_for_and_one_that_began_later_is_enough(
    device: Device, operator: User, known: ConfigSnapshot, make_job: Callable[..., Job]
) -> None:
    session = opened(device, operator)
    nightly = make_job(operator, [device])
    JobTarget.objects.filter(job=nightly).update(started_at=timezone.now(), status="running")
    end(session)
    follow_sessions()
    assert Job.objects.latest("pk") == nightly, "no second one beside it"
    begun = nightly.targets.get().started_at
    run(nightly, BEFORE)
    JobTarget.objects.filter(job=nightly).update(
        started_at=begun
    )  # it began before the session's end: it may be too old
    follow_sessions()
    assert Job.objects.latest("pk") != nightly
    other = opened(device, operator)
    end(other)
    run(Job.objects.latest("pk"), AFTER)
    follow_sessions()
    assert (check(session)[0], check(other)[0], Job.objects.exclude(pk=nightly.pk).count()) == ("changed", "changed", 2)


def test_of_two_that_overlap_both_are_named(device: Device, operator: User, admin: User, known: ConfigSnapshot) -> None:
    first, second = opened(device, operator), opened(device, admin)
    watched = opened(device, admin, typed=False)
    end(first)
    follow_sessions()
    run(Job.objects.latest("pk"), AFTER)
    follow_sessions()
    assert set(SessionChange.objects.values_list("session", flat=True)) == {first.pk, second.pk}
    end(second)
    end(watched)
    follow_sessions()
    run(Job.objects.latest("pk"), AFTER)
    follow_sessions()
    assert check(second)[0] == "changed"
    assert SessionChange.objects.count() == 2, "the same change is written once for each"
    later = opened(device, operator, at=timezone.now() + timedelta(seconds=1))
    assert not later.changes.exists()


def test_who_opened_it_may_be_gone(device: Device, operator: User, known: ConfigSnapshot) -> None:
    session = opened(device, operator)
    end(session)
    operator.delete()
    follow_sessions()
    job: Any = Job.objects.latest("pk")
    assert job.requested_by is None
    run(job, AFTER)
    follow_sessions()
    assert check(session)[0] == "changed"


@contextmanager
def breaks_off(session: TerminalSession) -> Iterator[None]:
    """No change of this session can be written."""

    def refuse(sender: type, instance: SessionChange, **rest: Any) -> None:
        if instance.session_id == session.pk:
            raise RuntimeError("the disk is full")

    pre_save.connect(refuse, sender=SessionChange)
    try:
        yield
    finally:
        pre_save.disconnect(refuse, sender=SessionChange)


def test_one_that_breaks_off_holds_nobody_up_and_is_given_up(
    device: Device, operator: User, known: ConfigSnapshot, make_device: Callable[..., Device],
    make_snapshot: Callable[..., ConfigSnapshot], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    other_device = make_device(device.customer, "acme-r2")
    make_snapshot(other_device, BEFORE)
    JobTarget.objects.update(status="succeeded", finished_at=timezone.now())
    broken, other = opened(device, operator), opened(other_device, operator)
    for session in (broken, other):
        end(session)
    follow_sessions()
    for session in (broken, other):
        session.refresh_from_db()
        assert session.backup
        run(session.backup, AFTER)
    with breaks_off(broken), caplog.at_level(logging.ERROR, "terminals.changes"):
        assert follow_sessions() == 1
        assert (check(broken), check(other)[0]) == (("waiting", ""), "changed")
        assert f"terminal session {broken.pk}: what it changed cannot be told, try 1 of" in caplog.text
        assert "the disk is full" in caplog.text
        for _ in range(MOST_TRIES - 2):
            assert follow_sessions() == 0
        assert (check(broken)[0], len(caplog.records)) == ("waiting", 1)
        assert follow_sessions() == 1
    assert check(broken) == ("unknown", GAVE_UP)
    assert len(caplog.records) == 2
    assert follow_sessions() == 0
    assert not AuditEvent.objects.filter(action="terminal.config_changed", object_id=broken.pk).exists()


def test_one_that_broke_off_for_a_while_is_judged_all_the_same(
    device: Device, operator: User, known: ConfigSnapshot
) -> None:
    session = opened(device, operator)
    end(session)
    follow_sessions()
    run(Job.objects.latest("pk"), AFTER)
    with breaks_off(session):
        follow_sessions()
    assert follow_sessions() == 1
    assert (check(session), SessionChange.objects.count()) == (("changed", ""), 1)
