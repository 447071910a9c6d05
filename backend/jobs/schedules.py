"""Schedules: made, changed, removed, and run when they are due.

Every scheduler process calls `start_due` all the time. A run is claimed by moving `next_run_at` on, in the transaction
that makes the job: so it happens once, whoever dies. Runs that nobody was there for are caught up with one.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.context import acting
from core.services import audit
from core.tenancy import within
from customers.models import Customer
from devices.models import Device
from jobs.enums import JOB_ENDED, JobKind
from jobs.kinds import KINDS, BadParams, read_params
from jobs.models import Job, Schedule
from jobs.selectors import schedules_for
from jobs.services import MOST_TARGETS, NEEDED, JobRefused, make_job
from networkops.platforms import PLATFORMS
from users.models import User
from users.permissions import NotAllowed, Permission, demand
from users.rows import create_row, delete_row, update_row

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Schedules in one turn: the scheduler has other things to do, and the rest is due a second later, too."""
WHEN = {"cron", "time_zone", "jitter_s", "enabled"}
"""What moves the next run."""
NIGHTLY: dict[str, Any] = {
    "name": "Nightly backup",
    "kind": JobKind.CONFIG_BACKUP,
    "cron": "0 2 * * *",
    "jitter_s": 3600,
}


def create_schedule(*, actor: User, customer: Customer, **values: Any) -> Schedule:
    """Raises NotAllowed, and ValidationError by field."""
    _check(actor, row := Schedule(customer=customer, **values))
    row.plan(timezone.now())
    return create_row(actor, row, values)


def update_schedule(*, actor: User, schedule: Schedule, **changes: Any) -> Schedule:
    with transaction.atomic():
        row = schedules_for(actor).select_for_update(of=("self",)).get(pk=schedule.pk)
        for name, value in changes.items():
            setattr(row, name, value)
        _check(actor, row)
        values = {**changes, "params": row.params}
        if WHEN & set(changes):
            row.plan(timezone.now())
            values["next_run_at"] = row.next_run_at
        return update_row(actor, schedules_for(actor), schedule, values)


def delete_schedule(*, actor: User, schedule: Schedule) -> None:
    """Its jobs stay."""
    delete_row(actor, schedules_for(actor), schedule)


def run_schedule(*, actor: User, schedule: Schedule) -> Job:
    """Run it now, as the user; when it is due next stays. Raises JobRefused, NotAllowed."""
    demand(actor, KINDS[schedule.kind].permission)
    row = schedules_for(actor).select_related("customer").get(pk=schedule.pk)
    return make_job(actor=actor, customer=row.customer, kind=row.kind, rows=_rows(row), params=row.params)


def _check(actor: User, row: Schedule) -> None:
    """What the model does not check; brings parameters into their form."""
    demand(actor, Permission.MANAGE_INVENTORY)
    row.full_clean(validate_unique=False, validate_constraints=False)  # cron and time zone, before they are used
    rules = KINDS[row.kind]
    demand(actor, rules.permission)
    if row.platform and row.platform not in PLATFORMS:
        raise ValidationError({"platform": "There is no such platform."})
    for name in ("site", "tag"):
        if (other := getattr(row, name)) and other.customer_id != row.customer_id:
            raise ValidationError({name: f"There is no such {name}."})
    try:
        row.params = read_params(rules, row.params)
        if rules.changes(row.params):
            raise ValidationError({"kind": "Only jobs that read can be scheduled."})
        rules.check(actor, row.customer, row.params, list(_devices(row)[:MOST_TARGETS]))
    except BadParams as error:
        raise ValidationError({"params": list(error.problems)}) from error


def _devices(schedule: Schedule) -> QuerySet[Device]:
    """The devices of a run."""
    rows = Device.objects.filter(customer=schedule.customer_id, enabled=True).only(*NEEDED).order_by("hostname")
    if schedule.tag_id:
        rows = rows.filter(tags=schedule.tag_id)
    chosen = {name: getattr(schedule, name) for name in ("site_id", "platform", "role")}
    return rows.filter(**{name: value for name, value in chosen.items() if value})


def start_due() -> None:
    """Start a job for each schedule that is due."""
    due = Schedule.objects.filter(enabled=True, next_run_at__lte=timezone.now()).order_by("next_run_at")
    for pk, customer in due.values_list("pk", "customer_id")[:AT_ONCE]:
        with within(frozenset({customer})), acting(correlation=str(uuid.uuid4())):
            try:
                _start(pk)
            except (OperationalError, InterfaceError):
                raise  # the database is away: the next turn finds it due again
            except Exception:
                log.exception("schedule %s failed", pk)
                _pass_over(pk, "Something went wrong on the server; its log says what.")


def _start(pk: int) -> None:
    with transaction.atomic():
        row = _claimed(pk)
        if row is None:
            return
        before = row.jobs.exclude(status__in=JOB_ENDED).first()
        if before is not None:
            _note(row, f"Left out: {before} still runs.")
            return
        try:
            job = make_job(
                actor=None, customer=row.customer, kind=row.kind, rows=_rows(row), params=row.params, schedule=row
            )
        except (JobRefused, NotAllowed) as error:
            _note(row, str(error))
        else:
            Schedule.objects.filter(pk=pk).update(last_job=job, last_problem="")


def _rows(schedule: Schedule) -> list[Device]:
    rows = list(_devices(schedule)[: MOST_TARGETS + 1])
    if not rows:
        raise JobRefused("No enabled device matches.")
    if len(rows) > MOST_TARGETS:
        raise JobRefused(f"A job takes at most {MOST_TARGETS:,} devices.")
    return rows


def _claimed(pk: int) -> Schedule | None:
    """The schedule, if it is due and nobody else has it; its next run is set."""
    now: datetime = timezone.now()
    row = Schedule.objects.select_related("customer").filter(pk=pk, enabled=True, next_run_at__lte=now).first()
    if row is None:
        return None
    due = row.next_run_at
    row.plan(now)
    taken = Schedule.objects.filter(pk=pk, next_run_at=due).update(next_run_at=row.next_run_at, last_run_at=now)
    return row if taken == 1 else None


def _pass_over(pk: int, words: str) -> None:
    with transaction.atomic():
        if row := _claimed(pk):
            _note(row, words)


def _note(row: Schedule, words: str) -> None:
    Schedule.objects.filter(pk=row.pk).update(last_problem=words[:500])


def add_nightly_backup(*, actor: User | None, customer: Customer) -> None:
    """What a new customer begins with, whatever its maker may do besides; in the caller's transaction."""
    row = Schedule(customer=customer, params=read_params(KINDS[NIGHTLY["kind"]], {}), **NIGHTLY)
    row.plan(timezone.now())
    row.save(force_insert=True)
    audit("schedule.create", row, actor=actor, after=NIGHTLY)
