"""Starting, cancelling and retrying jobs."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.context import correlation_id
from core.reading import AT_ONCE
from core.services import audit
from customers.models import Customer
from devices.models import Device
from devices.selectors import devices_for
from jobs.doorbell import ring_on_commit
from jobs.enums import JOB_ENDED, ShardStatus, TargetStatus
from jobs.kinds import KINDS, BadParams, read_params
from jobs.models import Job, JobShard, JobTarget, Schedule
from jobs.progress import add_lines, settle
from jobs.recovery import take_back_lost_shards
from jobs.selectors import jobs_for, retryable_targets
from networkops.errors import Cancelled
from users.models import User
from users.permissions import demand

log = logging.getLogger(__name__)

MOST_TARGETS = 100_000
NEEDED = ("pk", "enabled", "hostname", "site_id", "platform")
"""Of a device, to make a target of it."""
MOST_ON_BROKER = 200
"""Shards that were sent and not taken yet. More would pile up, sent again and again, while workers are busy."""
MESSAGE_LIVES_S = 300
"""A message of an old shard is harmless; this is long enough for machines whose clocks do not quite agree."""


class JobRefused(Exception):
    """The job cannot be made or changed as asked; says why. `field` names the input at fault."""

    def __init__(self, message: str, field: str = "devices", problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.problems = tuple(problems) or (message,)


class NoSuchDevice(JobRefused):
    """A named device does not exist, or not for this user and customer: the answer is the same."""


def start_job(
    *, actor: User, customer: Customer, kind: str, devices: Iterable[int], params: dict[str, Any] | None = None,
    retry_of: Job | None = None,
) -> Job:  # fmt: skip
    """Write job, shards, targets and audit row in one transaction; workers hear of it on commit.

    `devices` are ids of the customer's devices. Disabled ones become skipped targets. Raises NotAllowed,
    NoSuchDevice, JobRefused.
    """
    rules = KINDS.get(kind)
    if rules is None:
        raise JobRefused(f"There is no kind of job called {kind!r}.", "kind")
    demand(actor, rules.permission)
    wanted = list(dict.fromkeys(devices))
    if not wanted:
        raise JobRefused("Choose at least one device.")
    if len(wanted) > MOST_TARGETS:
        raise JobRefused(f"A job takes at most {MOST_TARGETS:,} devices.")
    rows = _devices(actor, customer, wanted)
    return make_job(actor=actor, customer=customer, kind=kind, rows=rows, params=params or {}, retry_of=retry_of)


def make_job(
    *, actor: User | None, customer: Customer, kind: str, rows: Sequence[Device], params: dict[str, Any],
    retry_of: Job | None = None, schedule: Schedule | None = None,
) -> Job:  # fmt: skip
    """The same for devices that were looked up, by a user who was asked for the permission, or by a schedule."""
    rules = KINDS[kind]
    try:
        values = read_params(rules, params)
        rules.check(actor, customer, values, rows)
    except BadParams as error:
        raise JobRefused(str(error), "params", error.problems) from error
    with transaction.atomic():
        job = Job.objects.create(
            customer=customer, kind=kind, params=values, requested_by=actor, retry_of=retry_of, schedule=schedule,
            correlation_id=correlation_id(), targets_total=len(rows),
        )  # fmt: skip
        _add_targets(job, rows)
        by_whom = {"schedule": schedule.name} if schedule else {}
        after = {"kind": kind, "devices": len(rows), "params": values, **by_whom}
        audit("job.start", job, actor=actor, after=after)
        who = f"schedule {schedule}" if schedule else actor
        add_lines(job.pk, [(timezone.now(), "info", None, f"{job} queued by {who} for {len(rows)} devices")])
        settle(job.pk)  # nothing to run when every device is disabled
        transaction.on_commit(partial(send_shards, job.pk))
    return job


def _devices(actor: User, customer: Customer, wanted: Sequence[int]) -> list[Device]:
    rows: list[Device] = []
    mine = devices_for(actor).filter(customer=customer).only(*NEEDED)
    for start in range(0, len(wanted), AT_ONCE):
        rows += mine.filter(pk__in=wanted[start : start + AT_ONCE])
    if len(rows) != len(wanted):
        raise NoSuchDevice("A device of this list does not exist.")
    return sorted(rows, key=lambda row: row.hostname)


def _add_targets(job: Job, rows: Sequence[Device]) -> None:
    enabled = [row for row in rows if row.enabled]
    # enough shards for every worker process to have one, none larger than the setting
    size = settings.JOBS_SHARD_SIZE * KINDS[job.kind].width
    parts = max(-(-len(enabled) // size), min(settings.JOBS_FANOUT, len(enabled) // 10 or 1))
    shards = JobShard.objects.bulk_create(
        [JobShard(job=job, number=number) for number in range(parts if enabled else 0)]
    )
    targets = [
        # dealt out one by one: a site's devices stand beside each other by name, and shall not wait in one shard
        JobTarget(job=job, customer_id=job.customer_id, device=row, shard=shards[number % len(shards)])
        for number, row in enumerate(enabled)
    ]
    now = timezone.now()
    targets += [
        JobTarget(
            job=job, customer_id=job.customer_id, device=row, status=TargetStatus.SKIPPED, finished_at=now,
            error_text="The device is disabled.",
        )
        for row in rows
        if not row.enabled
    ]  # fmt: skip
    JobTarget.objects.bulk_create(targets, batch_size=1000)


def send_shards(job_id: int | None = None, *, before: datetime | None = None) -> int:
    """Put queued shards on the broker: of one job, or all that were last sent before a time. Returns how many.

    Never more than `MOST_ON_BROKER` of each call: the sweep sends the next ones as workers take these.
    """
    from jobs.tasks import run_shard_task  # imports the runner, which web processes need not load to start

    queued = JobShard.objects.filter(status=ShardStatus.QUEUED)
    room = MOST_ON_BROKER
    if job_id is not None:
        queued = queued.filter(job_id=job_id)
    if before is not None:
        room -= queued.filter(sent_at__gte=before).count()
        queued = queued.exclude(sent_at__gte=before)
    sent = 0
    # every job's first shards before any job's later ones: a small job does not wait for a large one's end
    for shard_id in queued.order_by("number", "pk").values_list("pk", flat=True)[: max(0, room)]:
        try:
            run_shard_task.apply_async(args=(shard_id,), expires=MESSAGE_LIVES_S, retry=False)
        except Exception as error:
            # the broker is away: the shard stays queued, and the sweep sends it when the broker is back
            log.warning("shard %s not sent: %s", shard_id, type(error).__name__)
            return sent
        JobShard.objects.filter(pk=shard_id).update(sent_at=timezone.now())
        sent += 1
    return sent


def cancel_job(*, actor: User, job: Job) -> None:
    """Ask a job to stop: what has not begun is cancelled at once, what runs within seconds."""
    demand(actor, KINDS[job.kind].permission)
    job = jobs_for(actor).get(pk=job.pk)
    with transaction.atomic():
        asked = Job.objects.filter(pk=job.pk, cancel_requested_at=None).exclude(status__in=JOB_ENDED)
        if not asked.update(cancel_requested_at=timezone.now(), revision=F("revision") + 1):
            raise JobRefused("The job has ended or is being cancelled already.", "status")
        audit("job.cancel", job, actor=actor)
        add_lines(job.pk, [(timezone.now(), "warning", None, f"cancel requested by {actor}")])
        cancel_queued(job.pk)
        ring_on_commit(job.pk)


def cancel_queued(job_id: int) -> None:
    """End the shards of a job that no worker holds, and their targets."""
    shards = JobShard.objects.select_for_update().filter(job_id=job_id, status=ShardStatus.QUEUED)
    ids = list(shards.values_list("pk", flat=True))
    JobShard.objects.filter(pk__in=ids).update(status=ShardStatus.DONE, run_token=None)
    reason = Cancelled("Cancelled before the device was reached.")
    JobTarget.objects.filter(shard__in=ids, status=TargetStatus.PENDING).update(
        status=TargetStatus.CANCELLED, finished_at=timezone.now(), error_code=reason.code, error_text=str(reason)
    )
    settle(job_id)


def retry_failed(*, actor: User, job: Job) -> Job:
    """A new job of the same kind over the targets of an ended one that did not succeed."""
    if not job.is_ended:
        raise JobRefused("The job is still running.", "status")
    failed = list(retryable_targets(job).values_list("device_id", flat=True))
    if not failed:
        raise JobRefused("Every target of this job succeeded.", "status")
    return start_job(actor=actor, customer=job.customer, kind=job.kind, devices=failed, params=job.params, retry_of=job)


class Sweeper:
    """What the scheduler does every few seconds: take back lost shards, send again what nobody took.

    After a failure, which is most likely a database that was away, runs get the time to show that they live.
    """

    def __init__(self) -> None:
        self._patient_until = 0.0

    def __call__(self) -> None:
        try:
            if time.monotonic() >= self._patient_until:
                take_back_lost_shards()
            send_shards(before=timezone.now() - timedelta(seconds=settings.JOBS_RESEND_AFTER))
        except Exception:
            self._patient_until = time.monotonic() + settings.JOBS_LOST_AFTER
            raise
