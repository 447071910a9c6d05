"""Writes what a shard's run brings: log lines, statuses and results, in batches, each bound to the run's token."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from core.many import update_each
from core.reading import AT_ONCE
from core.services import Entry, audit_many
from core.text import storable
from devices.models import Device
from jobs.budget import ConnectLimit
from jobs.doorbell import ring_on_commit
from jobs.enums import JobStatus, ShardStatus, TargetStatus
from jobs.kinds import KINDS, Finished, Outcome
from jobs.models import Job, JobShard, JobTarget
from jobs.progress import LogLine, add_lines, settle
from networkops.errors import Cancelled, DriverError, NetworkError
from networkops.types import Alone, Event, HostDone, HostKeySeen, HostSpec, HostStarted, Line

log = logging.getLogger(__name__)


class LostShard(Exception):
    """Another run has the shard now; this one must not write."""


@dataclass
class Batch:
    """What came since the last write."""

    lines: list[LogLine] = field(default_factory=list)
    started: dict[int, int] = field(default_factory=dict)
    keys: list[HostKeySeen] = field(default_factory=list)
    done: list[HostDone] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lines or self.started or self.keys or self.done)


class ShardWriter:
    """The database side of one run of one shard."""

    def __init__(self, shard: JobShard, token: uuid.UUID, targets: Sequence[JobTarget]) -> None:
        self.shard = shard
        self.token = token
        self.job: Job = shard.job
        self.kind = KINDS[self.job.kind]
        self.targets = {target.pk: target for target in targets}
        self.batch = Batch()
        self.cancel_asked = False
        self._flushes = 0
        self._written_at = 0.0
        self._limit = ConnectLimit()
        self._moments: dict[int, float] = {}

    def take(self, event: Event) -> None:
        match event:
            case Line(key=key, at=at, level=level, text=text):
                self.batch.lines.append((at, level, self.targets[key].device_id, text))
            case HostStarted(key=key, attempt=attempt):
                self.batch.started[key] = attempt
            case HostKeySeen():
                self.batch.keys.append(event)
            case HostDone():
                self.batch.done.append(event)

    def is_due(self) -> bool:
        """Whether it is time to write: soon where there is news, else for the heartbeat."""
        every = settings.JOBS_FLUSH_EVERY if self.batch else settings.JOBS_HEARTBEAT_EVERY
        return time.monotonic() - self._written_at >= every

    def admit(self, spec: HostSpec) -> float:
        """Seconds until the host may connect, asked again after them; at 0 its target is marked running."""
        if spec.key not in self._moments:
            self._moments[spec.key] = time.monotonic() + self._limit.wait_s(spec.rate_keys)
        if (wait := self._moments[spec.key] - time.monotonic()) > 0:
            return wait
        if self.kind.needs_login and not self._take_session(spec):
            return Alone(1.0)
        del self._moments[spec.key]
        return 0.0

    def _mine(self) -> QuerySet[JobShard]:
        """The shard, as long as this run holds it."""
        return JobShard.objects.filter(pk=self.shard.pk, run_token=self.token, status=ShardStatus.RUNNING)

    @transaction.atomic
    def _take_session(self, spec: HostSpec) -> bool:
        """Mark the target running unless the device has as many sessions of jobs as it may."""
        if not self._mine().select_for_update(no_key=True).values_list("pk", flat=True):
            raise LostShard
        device = self.targets[spec.key].device_id
        # two runs that ask for one device at the same time are answered one after the other
        _lock_devices([device])
        running = JobTarget.objects.filter(device=device, status=TargetStatus.RUNNING).exclude(pk=spec.key)
        if running.count() >= settings.JOBS_SESSIONS_PER_DEVICE:
            return False
        JobTarget.objects.filter(pk=spec.key, status=TargetStatus.PENDING).update(status=TargetStatus.RUNNING)
        return True

    def flush(self) -> None:
        """Write the batch in one transaction. Raises LostShard; on a database error the batch is kept."""
        with transaction.atomic():
            if self._hold() and self.batch:
                self._write()
        self.batch = Batch()
        self._flushes += 1
        self._written_at = time.monotonic()
        self.cancel_asked = Job.objects.filter(pk=self.job.pk, cancel_requested_at__isnull=False).exists()

    def _hold(self) -> bool:
        """Heartbeat and proof of ownership. False: this very batch was committed, only its answer got lost."""
        mine = self._mine()
        if mine.filter(flushes=self._flushes).update(heartbeat_at=Now(), flushes=self._flushes + 1) == 1:
            return True
        if mine.filter(flushes=self._flushes + 1).exists():
            return False
        raise LostShard

    def _write(self) -> None:
        self._forget_deleted()
        self._start_targets()
        self._pin_keys()
        ended = self._end_targets()
        # last, and one write of everything: the job's row is locked from here to the commit
        add_lines(self.job.pk, sorted([*self.batch.lines, *ended], key=itemgetter(0)), **self._progress())
        ring_on_commit(self.job.pk)

    def _forget_deleted(self) -> None:
        """Lock the batch's devices; of one that was deleted meanwhile only the words stay."""
        keys = [*(seen.key for seen in self.batch.keys), *(done.key for done in self.batch.done)]
        named = {self.targets[key].device_id for key in keys}
        told = {device for _, _, device, _ in self.batch.lines if device is not None}
        there = _lock_devices(named) | set(Device.objects.filter(pk__in=told - named).values_list("pk", flat=True))
        batch = self.batch
        batch.lines = [(at, lvl, device if device in there else None, text) for at, lvl, device, text in batch.lines]
        batch.done = [done for done in batch.done if self.targets[done.key].device_id in there]

    def _start_targets(self) -> None:
        now = timezone.now()
        alike: defaultdict[tuple[int, datetime], list[int]] = defaultdict(list)
        for key, attempt in self.batch.started.items():
            target = self.targets[key]
            target.started_at = target.started_at or now
            alike[attempt, target.started_at].append(key)
        open_ = JobTarget.objects.filter(status__in=[TargetStatus.PENDING, TargetStatus.RUNNING])
        for (attempt, started_at), keys in alike.items():
            for start in range(0, len(keys), AT_ONCE):
                rows = open_.filter(pk__in=keys[start : start + AT_ONCE])
                rows.update(status=TargetStatus.RUNNING, attempts=attempt, started_at=started_at)

    def _pin_keys(self) -> None:
        pinned = []
        for seen in self.batch.keys:
            device = self.targets[seen.key].device
            if Device.objects.filter(pk=device.pk, host_key="").update(host_key=seen.host_key):
                pinned.append(Entry("device.pin_host_key", device, after={"host_key": seen.host_key}))
        audit_many(pinned, actor=None)

    def _end_targets(self) -> list[LogLine]:
        """Store the results; returns each device's last line."""
        if not self.batch.done:
            return []
        finished = [Finished(self.targets[done.key], done.result, done.error) for done in self.batch.done]
        outcomes = self._handle(finished)
        lines = []
        for done in self.batch.done:
            target, outcome = self.targets[done.key], outcomes[done.key]
            error = outcome.error
            target.status = _status(error)
            target.finished_at = done.at
            target.attempts = done.attempts
            target.error_code = error.code if error else ""
            target.error_text = storable(str(error))[:500] if error else ""
            target.result = outcome.result
            lines.append(_last_line(target, done.at, outcome))
        update_each(
            [done.target for done in finished],
            ["status", "started_at", "finished_at", "attempts", "error_code", "error_text", "result"],
        )
        return lines

    def _handle(self, finished: list[Finished]) -> dict[int, Outcome]:
        """The kind's handler; where it fails, that target fails with it, and the job goes on."""
        try:
            with transaction.atomic():
                return self.kind.handler(self.job, finished)
        except (OperationalError, InterfaceError):
            raise  # the database is away or busy: the whole batch is tried again
        except Exception:
            if len(finished) > 1:  # one bad result must not take the others with it
                return {key: outcome for one in finished for key, outcome in self._handle([one]).items()}
            log.exception("result handler failed", extra={"job": self.job.pk})
            error = DriverError("The result could not be stored; the server's log says why.")
            return {done.target.pk: Outcome({}, done.error or error) for done in finished}

    def _progress(self) -> dict[str, Any]:
        """What the batch changes in the job's row."""
        statuses = Counter(self.targets[done.key].status for done in self.batch.done)
        begins = Q(status=JobStatus.QUEUED)
        return {
            "revision": F("revision") + 1,
            "status": Case(When(begins, then=Value(JobStatus.RUNNING)), default=F("status")),
            "started_at": Case(When(begins, then=Value(timezone.now())), default=F("started_at")),
            "targets_succeeded": F("targets_succeeded") + statuses[TargetStatus.SUCCEEDED],
            "targets_failed": F("targets_failed") + statuses[TargetStatus.FAILED],
            "targets_other": F("targets_other") + statuses[TargetStatus.CANCELLED],
        }

    def close(self) -> None:
        """The run is over: what never got to run is cancelled, the shard is done, the job may end."""
        with transaction.atomic():
            if self._mine().update(status=ShardStatus.DONE, run_token=None) != 1:
                raise LostShard
            gone = Cancelled("Cancelled before the device was reached.")
            open_ = Q(status=TargetStatus.PENDING) | Q(status=TargetStatus.RUNNING)
            JobTarget.objects.filter(open_, shard=self.shard).update(
                status=TargetStatus.CANCELLED, finished_at=timezone.now(), error_code=gone.code, error_text=str(gone)
            )
            settle(self.job.pk)
            ring_on_commit(self.job.pk)


def _lock_devices(ids: Iterable[int]) -> set[int]:
    """Lock devices, always in the same order, so that two jobs on the same devices cannot block each other for ever.

    Returns the ids of those that exist.
    """
    rows = Device.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def _status(error: NetworkError | None) -> TargetStatus:
    if error is None:
        return TargetStatus.SUCCEEDED
    return TargetStatus.CANCELLED if isinstance(error, Cancelled) else TargetStatus.FAILED


def _last_line(target: JobTarget, at: datetime, outcome: Outcome) -> LogLine:
    if outcome.error is not None:
        level = "warning" if isinstance(outcome.error, Cancelled) else "error"
        return at, level, target.device_id, f"{outcome.error.label.lower()}: {outcome.error}"
    return at, outcome.level, target.device_id, outcome.line or "done"
