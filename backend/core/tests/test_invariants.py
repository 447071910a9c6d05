"""No writer can join rows of two customers: not a bulk write, not an update, not SQL by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from config_mgmt.models import ConfigSnapshot
from core import invariants
from core.invariants import install, lift
from core.tenancy import within
from customers.models import Customer
from devices.models import Credential, Device, Site, Tag
from jobs.models import Job, JobTarget
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(device: Device) -> Device:
    return device


@pytest.fixture
def theirs(foreign_device: Device) -> Device:
    return foreign_device


Write = Callable[[Device, Device], object]

WRITES: dict[str, Write] = {
    "create with a foreign site": lambda ours, theirs: Device.objects.create(
        customer=ours.customer, hostname="x", mgmt_ip="10.9.9.9", platform="ios", site=theirs.site
    ),
    "bulk_create with a foreign credential": lambda ours, theirs: Device.objects.bulk_create(
        [
            Device(
                customer=ours.customer, hostname="x", mgmt_ip="10.9.9.9", platform="ios", site=ours.site,
                credential=theirs.credential,
            )
        ]
    ),
    "update to a foreign site": lambda ours, theirs: Device.objects.filter(pk=ours.pk).update(site=theirs.site),
    "update to a foreign credential": lambda ours, theirs: Device.objects.filter(pk=ours.pk).update(
        credential=theirs.credential
    ),
    "bulk_update to a foreign site": lambda ours, theirs: Device.objects.bulk_update(
        [Device(pk=ours.pk, site=theirs.site)], ["site"]
    ),
    "raw SQL": lambda ours, theirs: connection.cursor().execute(
        "UPDATE devices_device SET site_id = %s WHERE id = %s", [theirs.site_id, ours.pk]
    ),
    "a device changes its customer": lambda ours, theirs: Device.objects.filter(pk=ours.pk).update(
        customer=theirs.customer
    ),
    "a site changes its customer": lambda ours, theirs: Site.objects.filter(pk=ours.site_id).update(
        customer=theirs.customer
    ),
    "a credential changes its customer": lambda ours, theirs: Credential.objects.filter(pk=ours.credential_id).update(
        customer=theirs.customer
    ),
    "a foreign tag": lambda ours, theirs: ours.tags.add(Tag.objects.create(customer=theirs.customer, name="core")),
    "a foreign device under a tag": lambda ours, theirs: Tag.objects.create(
        customer=theirs.customer, name="core"
    ).devices.set([ours]),
}  # fmt: skip


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_row_of_another_customer_is_refused(ours: Device, theirs: Device, write: Write) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        write(ours, theirs)


@pytest.mark.parametrize("name", [name for name in WRITES if "foreign" in name and "tag" not in name])
def test_what_the_scope_hides_is_refused_like_what_is_foreign(ours: Device, theirs: Device, name: str) -> None:
    with within(frozenset({ours.customer_id})), pytest.raises(IntegrityError, match="another customer"):
        WRITES[name](ours, theirs)


def test_target_and_job_have_one_customer(
    make_job: Callable[..., Job], operator: User, ours: Device, theirs: Device
) -> None:
    job = make_job(operator, [ours])
    for fields in ({"customer": ours.customer, "device": theirs}, {"customer": theirs.customer, "device": theirs}):
        with pytest.raises(IntegrityError), transaction.atomic():
            JobTarget.objects.bulk_create([JobTarget(job=job, **fields)])


def test_snapshot_points_at_no_foreign_text(
    make_snapshot: Callable[..., ConfigSnapshot], ours: Device, theirs: Device
) -> None:
    mine, other = make_snapshot(ours, "a\nend\n"), make_snapshot(theirs, "b\nend\n")
    with pytest.raises(IntegrityError, match="another customer"), transaction.atomic():
        ConfigSnapshot.objects.filter(pk=mine.pk).update(text=other.text)


def test_tag_that_is_used_keeps_its_customer(ours: Device, globex: Customer) -> None:
    tag = Tag.objects.create(customer=ours.customer, name="core")
    ours.tags.add(tag)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tag.objects.filter(pk=tag.pk).update(customer=globex)


def test_writes_within_a_customer_pass(ours: Device, acme: Customer, globex: Customer) -> None:
    site = Site.objects.create(customer=acme, name="Oslo")
    Device.objects.filter(pk=ours.pk).update(site=site)
    ours.tags.add(Tag.objects.create(customer=acme, name="core"))
    ours.save()
    empty = Site.objects.create(customer=acme, name="Bergen")
    Site.objects.filter(pk=empty.pk).update(customer=globex)  # nothing stands there


def test_triggers_can_be_laid_again(ours: Device, theirs: Device) -> None:
    install()
    with pytest.raises(IntegrityError), transaction.atomic():
        Device.objects.filter(pk=ours.pk).update(site=theirs.site)


def test_rule_that_was_given_up_holds_no_longer(ours: Device, theirs: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "RULES", [])
    lift()
    install()
    Device.objects.filter(pk=ours.pk).update(site=theirs.site)
    monkeypatch.undo()
    Device.objects.filter(pk=ours.pk).update(site=ours.site)
    install()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_database_with_rows_can_be_migrated(device: Device, foreign_device: Device) -> None:
    """SQLite rebuilds a table to change it, and must not stumble over the triggers; they stand again afterwards."""
    call_command("migrate", "devices", "0001", verbosity=0)
    call_command("migrate", verbosity=0)
    device.refresh_from_db()
    assert Device.objects.count() == 2
    with pytest.raises(IntegrityError):
        Device.objects.filter(pk=device.pk).update(site=foreign_device.site)
