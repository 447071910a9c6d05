"""Schedules: when they are due, and that each run happens once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import timezone

from conftest import MakeDevice
from core.models import AuditEvent
from customers.models import Customer
from customers.services import create_customer
from devices.models import Device, Site, Tag
from jobs.cron import check_cron, check_time_zone, moments
from jobs.models import Job, Schedule
from jobs.schedules import create_schedule, delete_schedule, run_schedule, start_due, update_schedule
from users.models import User
from users.permissions import NotAllowed

pytestmark = pytest.mark.django_db
NIGHTS: dict[str, Any] = {"name": "nights", "kind": "config_backup", "cron": "0 2 * * *"}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        # the clocks of Oslo jump from 02:00 to 03:00: the time that is not there comes right after the jump
        ("30 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        # 02:30 comes twice: once is enough
        ("30 2 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        # but every half hour is every half hour
        ("*/30 * * * *", "2026-10-25T00:15", ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"]),
        ("0 6 * * 1-5", "2026-11-20T12:00", ["2026-11-23T05:00", "2026-11-24T05:00"]),
    ],
)
def test_moments_through_clock_changes(cron: str, after: str, expected: list[str]) -> None:
    assert moments(cron, "Europe/Oslo", utc(after), len(expected)) == [utc(text) for text in expected]


@pytest.mark.parametrize("cron", ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "@daily", "a b c d e"])
def test_cron_that_names_no_time(cron: str) -> None:
    with pytest.raises(ValidationError, match="Five fields"):
        check_cron(cron)


@pytest.mark.parametrize("zone", ["", "Oslo", "../etc/passwd", "Europe/oslo\x00"])
def test_time_zone_that_is_none(zone: str) -> None:
    with pytest.raises(ValidationError, match="no such time zone"):
        check_time_zone(zone)


@pytest.fixture
def nightly(operator: User, acme: Customer, device: Device) -> Schedule:
    return create_schedule(actor=operator, customer=acme, **NIGHTS)


def due(schedule: Schedule, ago: timedelta = timedelta(seconds=1)) -> Schedule:
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=timezone.now() - ago)
    return schedule


def test_a_schedule_that_is_due_starts_its_job_once(nightly: Schedule, device: Device) -> None:
    start_due()
    assert not Job.objects.exists()
    due(nightly)
    start_due()
    start_due()
    job = Job.objects.get()
    assert (job.schedule, job.requested_by, job.kind) == (nightly, None, "config_backup")
    assert [target.device for target in job.targets.all()] == [device]
    nightly.refresh_from_db()
    assert nightly.last_job == job
    assert nightly.next_run_at == nightly.upcoming(1)[0]
    event = AuditEvent.objects.get(action="job.start")
    assert (event.actor, event.actor_name, event.after["schedule"]) == (None, "webnet", "nights")


def test_runs_that_were_missed_are_caught_up_once(nightly: Schedule) -> None:
    due(nightly, timedelta(days=3))
    start_due()
    start_due()
    nightly.refresh_from_db()
    assert Job.objects.count() == 1
    assert nightly.next_run_at and nightly.next_run_at > timezone.now()


def test_no_run_begins_while_the_one_before_lasts(nightly: Schedule) -> None:
    start_due() or due(nightly)
    start_due()
    first = Job.objects.get()
    due(nightly)
    start_due()
    nightly.refresh_from_db()
    assert Job.objects.count() == 1
    assert nightly.last_problem == f"Left out: {first} still runs."
    Job.objects.update(status="succeeded", finished_at=timezone.now())
    due(nightly)
    start_due()
    nightly.refresh_from_db()
    assert (Job.objects.count(), nightly.last_problem) == (2, "")


def test_a_disabled_schedule_rests(nightly: Schedule, operator: User) -> None:
    due(nightly)
    row = update_schedule(actor=operator, schedule=nightly, enabled=False)
    assert (row.next_run_at, row.upcoming()) == (None, [])
    start_due()
    assert not Job.objects.exists()


def test_jitter_begins_later_and_never_earlier(operator: User, acme: Customer) -> None:
    rows = [
        create_schedule(actor=operator, customer=acme, **NIGHTS | {"name": f"n{n}", "jitter_s": 3600}) for n in range(8)
    ]
    later = {row.next_run_at - row.upcoming(1)[0] for row in rows if row.next_run_at}
    assert len(later) > 1
    assert all(timedelta(0) <= one <= timedelta(hours=1) for one in later)


def test_a_schedule_finds_its_devices_when_it_runs(
    operator: User, acme: Customer, globex: Customer, make_device: MakeDevice
) -> None:
    tag = Tag.objects.create(customer=acme, name="core")
    wanted = make_device(acme, "acme-core", platform="eos", role="core")
    wanted.tags.add(tag)
    make_device(acme, "acme-other", platform="eos", role="core")
    make_device(acme, "acme-off", platform="eos", role="core", enabled=False).tags.add(tag)
    make_device(globex, "globex-core", platform="eos", role="core")
    row = create_schedule(
        actor=operator, customer=acme, **NIGHTS, site=wanted.site, tag=tag, platform="eos", role="core"
    )
    due(row)
    start_due()
    assert [target.device for target in Job.objects.get().targets.all()] == [wanted]


def test_no_device_is_a_problem_in_words(nightly: Schedule, device: Device) -> None:
    Device.objects.update(enabled=False)
    due(nightly)
    start_due()
    nightly.refresh_from_db()
    assert (nightly.last_problem, Job.objects.exists()) == ("No enabled device matches.", False)


def test_a_schedule_that_breaks_does_not_stop_the_others(
    nightly: Schedule, operator: User, acme: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    broken = create_schedule(actor=operator, customer=acme, **NIGHTS | {"name": "broken"})
    Schedule.objects.filter(pk=broken.pk).update(kind="gone", next_run_at=timezone.now() - timedelta(minutes=1))
    due(nightly)
    start_due()
    broken.refresh_from_db()
    assert Job.objects.get().schedule == nightly
    assert broken.last_problem.startswith("Something went wrong")
    assert broken.next_run_at and broken.next_run_at > timezone.now()
    assert f"schedule {broken.pk} failed" in caplog.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cron": "nightly"}, "cron"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"platform": "abacus"}, "platform"),
        ({"jitter_s": 3601}, "jitter_s"),
        ({"params": {"timeout_s": 0}}, "params"),
        ({"kind": "run_commands", "params": {"commands": ["reload"]}}, "params"),
        ({"name": ""}, "name"),
    ],
)
def test_a_schedule_that_cannot_be(operator: User, acme: Customer, device: Device, values: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        create_schedule(actor=operator, customer=acme, **NIGHTS | values)
    assert list(refused.value.error_dict) == [field]


def test_what_changes_a_device_is_not_scheduled(admin: User, acme: Customer, device: Device) -> None:
    params = {"commands": ["reload"], "beyond_list": True}
    with pytest.raises(ValidationError, match="Only jobs that read"):
        create_schedule(actor=admin, customer=acme, **NIGHTS | {"kind": "run_commands", "params": params})


def test_site_and_tag_of_another_customer(operator: User, acme: Customer, globex: Customer) -> None:
    for name, model in (("site", Site), ("tag", Tag)):
        other = model.objects.create(customer=globex, name="theirs")
        with pytest.raises(ValidationError, match=f"no such {name}"):
            create_schedule(actor=operator, customer=acme, **NIGHTS, **{name: other})


def test_a_site_stays_while_a_schedule_is_bound_to_it(operator: User, acme: Customer) -> None:
    site = Site.objects.create(customer=acme, name="Oslo")
    row = create_schedule(actor=operator, customer=acme, **NIGHTS, site=site)
    with pytest.raises(ProtectedError):
        site.delete()
    delete_schedule(actor=operator, schedule=row)
    site.delete()


def test_a_schedule_is_written_by_who_manages_the_inventory(viewer: User, nightly: Schedule, acme: Customer) -> None:
    with pytest.raises(NotAllowed):
        create_schedule(actor=viewer, customer=acme, **NIGHTS | {"name": "mine"})
    with pytest.raises(NotAllowed):
        update_schedule(actor=viewer, schedule=nightly, cron="0 3 * * *")
    with pytest.raises(NotAllowed):
        delete_schedule(actor=viewer, schedule=nightly)


def test_run_now_is_the_users_own_job(nightly: Schedule, operator: User) -> None:
    before = nightly.next_run_at
    job = run_schedule(actor=operator, schedule=nightly)
    nightly.refresh_from_db()
    assert (job.requested_by, job.schedule, nightly.next_run_at) == (operator, None, before)


def test_a_change_of_name_does_not_move_the_next_run(operator: User, acme: Customer) -> None:
    row = create_schedule(actor=operator, customer=acme, **NIGHTS, jitter_s=3600)
    renamed = update_schedule(actor=operator, schedule=row, name="other")
    assert (renamed.name, renamed.next_run_at) == ("other", row.next_run_at)
    moved = update_schedule(actor=operator, schedule=row, cron="0 5 * * *")
    assert moved.next_run_at != row.next_run_at


def test_a_new_customer_is_backed_up_every_night(superadmin: User) -> None:
    customer = create_customer(actor=superadmin, name="Initech")
    row = Schedule.objects.get(customer=customer)
    assert (row.name, row.kind, row.cron, row.enabled) == ("Nightly backup", "config_backup", "0 2 * * *", True)
