"""A ring does not fail the writer that rings."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from jobs.doorbell import ring_on_commit

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.EMBEDDED, reason="embedded mode has no doorbell: readers watch the database"),
]


def ring(job_id: int) -> None:
    with transaction.atomic():
        ring_on_commit(job_id)


def test_ring_without_redis_is_no_error_of_the_writer(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["redis://127.0.0.1:1"]}}
    }
    ring(7)
