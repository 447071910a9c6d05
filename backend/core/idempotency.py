"""Requests that are made once, however often they are sent: the answer is kept with what it made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.crypto import pack, unpack
from core.models import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)


class KeyReused(Exception):
    """The key came with another request before."""


class StillRunning(Exception):
    """The first request with the key has not ended yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str = field(repr=False)
    headers: dict[str, str]


def once(
    *, user: Any, api_key: str, address: str, key: str, fingerprint: str, make: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """The answer of `make`, or the one that it gave the first time, and whether it is that.

    What `make` writes and its answer are committed together, so that a crash loses both or neither; when it raises,
    nothing is kept. Raises KeyReused, StillRunning.
    """
    mine = IdempotentAnswer.objects.filter(user=user, api_key=api_key, address=address, key=key)
    with transaction.atomic():
        _one_at_a_time(f"{user.pk} {api_key} {address} {key}")
        kept = mine.filter(at__gte=timezone.now() - KEPT_FOR).first()
        if kept is not None:
            if kept.fingerprint != fingerprint:
                raise KeyReused
            return Answer(kept.status, unpack(kept.body), kept.headers), True
        mine.delete()
        answer = make()
        IdempotentAnswer.objects.create(
            user=user, api_key=api_key, address=address, key=key, fingerprint=fingerprint,
            status=answer.status, headers=answer.headers, body=pack(answer.body),
        )  # fmt: skip
    return answer, False


def _one_at_a_time(name: str) -> None:
    """On SQLite the transaction itself lets no second writer in."""
    if connection.vendor != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise StillRunning


def forget_old_answers() -> int:
    """Drop what is kept no longer. Returns how many."""
    return IdempotentAnswer.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()[0]
