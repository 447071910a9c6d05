"""Transactions for callers that own no models: a row held while it is judged, and many rows written or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction

from core.errors import Refused, RowsRefused

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")
R = TypeVar("R")

REFUSALS = (ValidationError, Refused, models.ProtectedError, IntegrityError, ObjectDoesNotExist)
"""What one row is refused with; anything else ends the whole."""


@contextmanager
def held(rows: models.QuerySet[M], pk: int) -> Iterator[M | None]:
    """The row as it is now, or None; nobody else changes it before the block, one transaction, has ended."""
    with transaction.atomic():
        yield rows.select_for_update(of=("self",)).filter(pk=pk).first()


def each(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """The result of `work` for every item, in one transaction; raises RowsRefused when it was refused for any."""
    errors: dict[int, Exception] = {}
    done: list[R] = []
    with transaction.atomic():
        for position, item in enumerate(items):
            try:
                with transaction.atomic():
                    done.append(work(item))
            except REFUSALS as error:
                errors[position] = error
        if errors:
            raise RowsRefused(errors)
    return done
