"""The connect-rate limit: a budget per name in the database, shared by every worker."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable

from django.conf import settings
from django.db import connection

_TAKE = """
    INSERT INTO jobs_connectbudget (name, next_at) VALUES (%s, {now} + %s)
    ON CONFLICT (name) DO UPDATE SET next_at = {greatest}(jobs_connectbudget.next_at, {now}) + %s
    RETURNING next_at - {now}
"""
# the database's clock: workers on several machines share a budget, and their own clocks need not agree
_DIALECT = {
    "sqlite": {"greatest": "MAX", "now": "((julianday('now') - 2440587.5) * 86400.0)"},
    "postgresql": {"greatest": "GREATEST", "now": "EXTRACT(EPOCH FROM statement_timestamp())::double precision"},
}


class ConnectLimit:
    """Moments at which one run may connect, taken from the shared budgets a tenth of a second at a time."""

    def __init__(self) -> None:
        self._moments: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait_s(self, names: Iterable[str]) -> float:
        """Use up the next moment of every named budget; returns the seconds until the latest of them."""
        if not settings.JOBS_CONNECTS_PER_SECOND:
            return 0.0
        return max((self._next(name) for name in names), default=0.0)

    def _next(self, name: str) -> float:
        moments = self._moments[name]
        now = time.monotonic()
        if not moments:
            rate = settings.JOBS_CONNECTS_PER_SECOND
            count = max(1, rate // 10)
            end = now + _take(name, count / rate)
            moments.extend(end - step / rate for step in range(count, 0, -1))
        return max(0.0, moments.popleft() - now)


def _take(name: str, span: float) -> float:
    """Move the budget on by `span` seconds in one statement; returns the seconds until where it then stands."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(**_DIALECT[connection.vendor]), [name, span, span])
        return float(cursor.fetchone()[0])
