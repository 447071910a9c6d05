"""A ring reaches the watchers, and does not fail the writer that rings."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from jobs.doorbell import group_of, ring_on_commit

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.EMBEDDED, reason="embedded mode has no doorbell: readers watch the database"),
]


def ring(job_id: int) -> None:
    with transaction.atomic():
        ring_on_commit(job_id)


def test_ring_reaches_the_group_after_the_commit() -> None:
    layer = get_channel_layer()
    with asyncio.Runner() as watcher:
        channel = watcher.run(layer.new_channel())
        watcher.run(layer.group_add(group_of(7), channel))
        for _ in range(2):
            ring(7)
            heard = watcher.run(asyncio.wait_for(layer.receive(channel), 5))
            assert heard == {"type": "job.changed", "job": 7}


def test_ring_without_redis_is_no_error_of_the_writer(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["redis://127.0.0.1:1"]}}
    }
    ring(7)
