"""Tells web processes that a job has news. A lost ring costs a moment, no line: readers also look by themselves."""

from __future__ import annotations

import logging
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)


def group_of(job_id: int) -> str:
    return f"job.{job_id}"


def ring_on_commit(job_id: int) -> None:
    """Ring once the surrounding transaction is committed. In embedded mode readers watch the database instead."""
    if not settings.EMBEDDED:
        transaction.on_commit(partial(_ring, job_id))


def _ring(job_id: int) -> None:
    try:
        async_to_sync(get_channel_layer().group_send)(group_of(job_id), {"type": "job.changed", "job": job_id})
    except Exception as error:  # Redis away: the job goes on, readers find the rows on their own
        log.warning("doorbell not rung: %s", type(error).__name__)
