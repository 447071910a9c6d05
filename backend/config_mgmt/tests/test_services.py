"""From a backup's result to a snapshot: verified, suspicious or failed, and each text stored once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import transaction

from config_mgmt.models import ConfigSnapshot, ConfigText
from config_mgmt.services import keep_snapshots, plain_text, reveal_secrets
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from jobs.kinds import Finished, Outcome
from jobs.models import Job, JobTarget
from networkops.errors import Cancelled, HostUnreachable, NetworkError
from networkops.types import FetchedConfig
from tests.threads import at_once
from users.models import User
from users.permissions import NotAllowed

Snap = Callable[..., ConfigSnapshot]


def config(*lines: str, length: int = 0) -> str:
    filler = [f"interface Loopback{number}" for number in range(length)]
    return "\n".join(["hostname r1", *filler, *lines, "end", ""])


def keep(device: Device, error: NetworkError | None = None, text: str = "") -> Outcome:
    job = Job.objects.create(customer=device.customer, kind="config_backup", correlation_id="test", targets_total=1)
    target = JobTarget.objects.create(job=job, customer=device.customer, device=device)
    with transaction.atomic():
        return keep_snapshots(job, [Finished(target, None if error else FetchedConfig(text), error)])[target.pk]


def test_first_backup_is_version_one(make_snapshot: Snap, device: Device) -> None:
    snapshot = make_snapshot(device, config())
    assert (snapshot.status, snapshot.version, snapshot.is_new_version) == ("verified", 1, True)
    assert plain_text(snapshot) == config()
    device.refresh_from_db()
    assert device.last_backup == "verified" and device.backed_up_at is not None


def test_changed_text_is_a_new_version_with_its_counts(make_snapshot: Snap, device: Device) -> None:
    make_snapshot(device, config("ntp server 10.0.0.1"))
    second = make_snapshot(device, config("ntp server 10.0.0.2", "ntp server 10.0.0.3"))
    assert (second.version, second.is_new_version, second.lines_added, second.lines_removed) == (2, True, 2, 1)


def test_way_back_to_an_old_text_is_a_version_of_its_own(make_snapshot: Snap, device: Device) -> None:
    versions = [make_snapshot(device, config(line)).version for line in ("a", "b", "a")]
    assert versions == [1, 2, 3]
    assert ConfigText.objects.count() == 2


def test_change_in_volatile_lines_alone_is_no_version_and_stores_no_text(make_snapshot: Snap, device: Device) -> None:
    first, second = (
        make_snapshot(device, f"! Last configuration change at 10:0{minute}:00 UTC\n{config()}") for minute in (1, 2)
    )
    assert (second.version, second.is_new_version, second.text_id) == (1, False, first.text_id)
    assert ConfigText.objects.count() == 1


def test_same_text_of_two_devices_is_stored_once_for_a_customer(
    make_snapshot: Snap, make_device: Callable[..., Device], acme: Customer, globex: Customer
) -> None:
    for customer, name in ((acme, "r1"), (acme, "r2"), (globex, "r1")):
        make_snapshot(make_device(customer, name), config())
    assert sorted(ConfigText.objects.values_list("customer__slug", flat=True)) == ["acme", "globex"]


def test_stored_text_is_encrypted(make_snapshot: Snap, device: Device) -> None:
    snapshot = make_snapshot(device, config("snmp-server community s3cret"))
    assert snapshot.text is not None
    assert b"s3cret" not in bytes(snapshot.text.packed)


def test_cut_off_text_is_suspicious_and_never_a_version(make_snapshot: Snap, device: Device) -> None:
    make_snapshot(device, config())
    cut = make_snapshot(device, "hostname r1\ninter", problems=("The end marker is missing.",))
    assert (cut.status, cut.version, cut.problems) == ("suspicious", None, ["The end marker is missing."])
    assert plain_text(cut) == "hostname r1\ninter"
    after = make_snapshot(device, config("ntp server 10.0.0.1"))
    assert after.version == 2


SHRUNK = [
    # lines before, lines now, status
    (100, 100, "verified"),
    (100, 51, "verified"),
    (100, 40, "suspicious"),
    (15, 1, "verified"),  # too small to tell
]


@pytest.mark.parametrize(("before", "now", "status"), SHRUNK)
def test_shrunk_text(make_snapshot: Snap, device: Device, before: int, now: int, status: str) -> None:
    make_snapshot(device, config(length=before))
    assert make_snapshot(device, config(length=now)).status == status


def test_shrinking_is_measured_against_the_last_verified_text(make_snapshot: Snap, device: Device) -> None:
    make_snapshot(device, config(length=100))
    assert [make_snapshot(device, config(length=10)).status for _ in range(2)] == ["suspicious", "suspicious"]


def test_empty_text_is_suspicious(device: Device) -> None:
    outcome = keep(device)
    assert outcome.error is not None and outcome.error.code == "config_suspicious"
    assert ConfigSnapshot.objects.get().status == "suspicious"


def test_failed_backup_leaves_a_failed_snapshot_with_its_reason(device: Device) -> None:
    keep(device, HostUnreachable("No answer from 10.0.0.1."))
    snapshot = ConfigSnapshot.objects.get()
    assert (snapshot.status, snapshot.text, snapshot.problems) == ("failed", None, ["No answer from 10.0.0.1."])
    device.refresh_from_db()
    assert device.last_backup == "failed"


def test_cancelled_backup_says_nothing_about_the_device(make_snapshot: Snap, device: Device) -> None:
    make_snapshot(device, config())
    outcome = keep(device, Cancelled("Cancelled before the device was reached."))
    assert isinstance(outcome.error, Cancelled)
    device.refresh_from_db()
    assert device.last_backup == "verified"
    assert ConfigSnapshot.objects.count() == 1


def test_lost_key_keeps_no_new_version_out(make_snapshot: Snap, device: Device, settings: Any) -> None:
    make_snapshot(device, config("a"))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert make_snapshot(device, config("b")).version == 2


def test_result_tells_the_page_what_came_of_it(device: Device) -> None:
    assert keep(device, text=config()).result == {"status": "verified", "version": 1, "new_version": True}


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_give_two_versions_in_a_row(device: Device) -> None:
    at_once(*(partial(keep, device, text=config(f"line {number}")) for number in range(4)))
    assert sorted(ConfigSnapshot.objects.values_list("version", flat=True)) == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_with_one_text_store_it_once(make_device: Callable[..., Device], acme: Customer) -> None:
    devices = [make_device(acme, f"r{number}") for number in range(4)]
    at_once(*(partial(keep, one, text=config()) for one in devices))
    assert ConfigText.objects.count() == 1
    assert ConfigSnapshot.objects.filter(version=1, is_new_version=True, text__isnull=False).count() == 4


def test_revealing_secrets_is_audited(make_snapshot: Snap, device: Device, operator: User, viewer: User) -> None:
    snapshot = make_snapshot(device, config("snmp-server community s3cret"))
    with pytest.raises(NotAllowed):
        reveal_secrets(actor=viewer, snapshot=snapshot)
    assert not AuditEvent.objects.exists()
    assert "s3cret" in reveal_secrets(actor=operator, snapshot=snapshot)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.customer) == ("snapshot.reveal_secrets", operator, device.customer)
