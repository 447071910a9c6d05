"""Runs one shard: claims it, streams its devices, has what happens written a few times a second.

Only the worker's own thread touches the database. Whatever a run writes is bound to its token: a run that lost its
shard to another one finds out at its next write and stops.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from core.context import acting
from core.tenancy import EVERY, within
from jobs.enums import ShardStatus, TargetStatus
from jobs.models import JobShard
from jobs.recovery import give_back
from jobs.writer import LostShard, ShardWriter
from networkops import engine
from networkops.inventory import host_specs
from networkops.types import HostDone, HostSpec, RetryPolicy

log = logging.getLogger(__name__)
T = TypeVar("T")

DATABASE_AWAY = (OperationalError, InterfaceError)
WAIT_FOR_DATABASE_S = 300


def run_shard(shard_id: int) -> None:
    """Claim the shard and run it to its end. Does nothing when another worker was first or nothing is left."""
    token = uuid.uuid4()
    with within(EVERY):  # whose it is says the shard itself
        if not claim(shard_id, token):
            return
        customer = JobShard.objects.values_list("job__customer_id", flat=True).get(pk=shard_id)
    with within(frozenset({customer})):
        _run_claimed(shard_id, token)


def _run_claimed(shard_id: int, token: uuid.UUID) -> None:
    shard = JobShard.objects.select_related("job").get(pk=shard_id)
    with acting(correlation=shard.job.correlation_id):
        log.info("shard claimed", extra={"job": shard.job_id, "shard": shard.number, "run": shard.runs})
        try:
            _run(shard, token)
        except LostShard:
            log.warning("shard lost to another run", extra={"job": shard.job_id, "shard": shard.number})
        except Exception:
            # whatever it is: the shard is not to wait for its heartbeat to be missed
            log.exception("run failed", extra={"job": shard.job_id, "shard": shard.number})
            give_back(shard_id, token)


def claim(shard_id: int, token: uuid.UUID) -> bool:
    """Compare-and-set: exactly one of several claimants gets a queued shard."""
    queued = JobShard.objects.filter(pk=shard_id, status=ShardStatus.QUEUED)
    held = {"run_token": token, "heartbeat_at": Now(), "runs": F("runs") + 1, "flushes": 0}
    return queued.update(status=ShardStatus.RUNNING, **held) == 1


def _run(shard: JobShard, token: uuid.UUID) -> None:
    pending = shard.targets.filter(status=TargetStatus.PENDING).select_related("device")
    writer = ShardWriter(shard, token, list(pending))
    specs = _specs(writer)
    if shard.job.cancel_requested_at is None and specs:
        _stream(writer, specs)
    _patiently(writer.flush)
    _patiently(writer.close)


def _specs(writer: ShardWriter) -> list[HostSpec]:
    """Specs of the shard's targets; those that cannot be made end their targets right here."""
    devices = {target.pk: (target.device, target.attempts + 1) for target in writer.targets.values()}
    refused = writer.kind.recheck(writer.job, {key: device for key, (device, _) in devices.items()})
    specs = []
    for key, spec in host_specs(devices, needs_login=writer.kind.needs_login).items():
        error = refused.get(key) or (None if isinstance(spec, HostSpec) else spec)
        if isinstance(spec, HostSpec) and error is None:
            specs.append(spec)
        else:
            writer.take(HostDone(key=key, at=timezone.now(), attempts=0, duration_s=0.0, error=error))
    return specs


def _stream(writer: ShardWriter, specs: list[HostSpec]) -> None:
    job, kind = writer.job, writer.kind
    run = engine.stream(
        specs,
        job.kind,
        job.params,
        threads=settings.JOBS_THREADS * kind.width,
        timeout_s=job.params["timeout_s"],
        retry=RetryPolicy() if kind.changes(job.params) else kind.retry,
        admit=lambda spec: _patiently(lambda: writer.admit(spec)),
    )
    try:
        for event in run:
            if event is not None:
                writer.take(event)
            if writer.is_due():
                _patiently(writer.flush)
            if writer.cancel_asked:
                run.cancel()
    finally:
        run.close()


def _patiently(write: Callable[[], T]) -> T:
    """Call it again while the database is away; the run's events wait in memory meanwhile."""
    deadline = time.monotonic() + WAIT_FOR_DATABASE_S
    pause = 0.2
    while True:
        try:
            return write()
        except DATABASE_AWAY as error:
            if time.monotonic() > deadline:
                raise
            log.warning("database away, trying again", extra={"error": str(error).strip()})
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
