"""Tells web processes that a job has news. A lost ring costs a moment, no line: readers also look by themselves."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from functools import partial

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}


def group_of(job_id: int) -> str:
    return f"job.{job_id}"


def ring_on_commit(job_id: int) -> None:
    """Ring once the surrounding transaction is committed. In embedded mode readers watch the database instead."""
    if not settings.EMBEDDED:
        transaction.on_commit(partial(_ring, job_id))


def _ring(job_id: int) -> None:
    """Hand the ring over and go on: a writer does not wait for Redis."""
    asyncio.run_coroutine_threadsafe(_send(job_id), _bell_loop())


async def _send(job_id: int) -> None:
    try:
        await get_channel_layer().group_send(group_of(job_id), {"type": "job.changed", "job": job_id})
    except Exception as error:  # Redis away: the job goes on, readers find the rows on their own
        log.warning("doorbell not rung: %s", type(error).__name__)


def _bell_loop() -> asyncio.AbstractEventLoop:
    """The loop in which this process rings. With a loop a ring, each would open a connection, and cost as much."""
    with _lock:
        if os.getpid() not in _loops:  # a fork has its parent's loop, but not the thread that runs it
            _loops.clear()
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, daemon=True, name="doorbell").start()
        return _loops[os.getpid()]
