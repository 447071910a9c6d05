"""Cron expressions in a time zone: which moments they name."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from django.core.exceptions import ValidationError


def check_cron(value: str) -> None:
    """Raises ValidationError for what is no expression of five fields, and for one that names no moment."""
    try:
        found = next(CronSim(value, datetime(2026, 1, 1, tzinfo=UTC)), None) if len(value.split()) == 5 else None
    except CronSimError:
        found = None
    if found is None:
        raise ValidationError("Five fields of cron that name a time are expected: minute, hour, day, month, weekday.")


@cache
def time_zones() -> frozenset[str]:
    """Found once: they are read from several hundred files."""
    return frozenset(available_timezones())


def check_time_zone(value: str) -> None:
    if value not in time_zones():
        raise ValidationError("There is no such time zone; give one like Europe/Oslo.")


def moments(cron: str, time_zone: str, after: datetime, number: int) -> list[datetime]:
    """The next moments in UTC after one. A time that a clock change skips comes right after the change; one that it
    repeats comes once."""
    found = islice(CronSim(cron, after.astimezone(ZoneInfo(time_zone))), number)
    return [moment.astimezone(UTC) for moment in found]
