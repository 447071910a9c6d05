"""How many devices whole customers have, without a look at each of them.

To count a hundred thousand rows takes longer than to show a page of them. On PostgreSQL each statement that adds or
removes devices also writes by how many, for each customer (triggers of a migration), so that sums of these changes tell
in any transaction what a count would. They are rows, not one number: two writers of a customer would wait for each
other's end to change that. `recount` makes one row of many. SQLite calls triggers for each row: it counts.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection, connections, models, transaction
from django.db.models.expressions import Col
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import Exact, In
from django.db.models.sql.where import AND

if TYPE_CHECKING:
    from devices.models import Device  # noqa: F401

log = logging.getLogger(__name__)


class CountedDevices(models.QuerySet["Device"]):
    """Devices. Of all, and of all that some customers have, the number is known."""

    def count(self) -> int:
        if self._result_cache is not None or connections[self.db].vendor != "postgresql":
            return super().count()
        choices = self._customers()
        if choices is None:
            return super().count()
        changes = apps.get_model("devices.DeviceCount")._default_manager.using(self.db)
        for customers in choices:
            changes = changes.filter(customer_id__in=customers)
        return int(changes.aggregate(devices=models.Sum("change", default=0))["devices"])

    def _customers(self) -> list[list[int]] | None:
        """The conditions on the customer, all of which hold; None if there is any other one, or no row is a device."""
        query, where = self.query, self.query.where
        joined = any(uses and alias != query.base_table for alias, uses in query.alias_refcount.items())
        if joined or query.extra_tables or query.is_sliced or query.distinct or query.combinator or query.group_by:
            return None
        if where.negated or where.connector != AND:
            return None
        choices = [self._chosen(condition) for condition in where.children]
        return None if None in choices else choices  # type: ignore[return-value]

    def _chosen(self, condition: object) -> list[int] | None:
        of_customer = (
            isinstance(condition, In | RelatedIn | Exact | RelatedExact)
            and isinstance(condition.lhs, Col)
            and condition.lhs.target is self.model._meta.get_field("customer")
        )
        if not of_customer:
            return None
        told = condition.rhs if isinstance(condition, In | RelatedIn) else [condition.rhs]  # type: ignore[attr-defined]
        return told if isinstance(told, list) and all(isinstance(one, int) for one in told) else None


RECOUNT = """
    WITH old AS (DELETE FROM devices_devicecount RETURNING customer_id, change),
        told AS (SELECT customer_id, sum(change) AS devices FROM old GROUP BY customer_id),
        found AS (SELECT customer_id, count(*) AS devices FROM devices_device GROUP BY customer_id),
        written AS (INSERT INTO devices_devicecount (customer_id, change) SELECT customer_id, devices FROM found)
    SELECT customer_id, coalesce(told.devices, 0), coalesce(found.devices, 0)
    FROM told FULL JOIN found USING (customer_id)
    WHERE coalesce(told.devices, 0) <> coalesce(found.devices, 0)
"""


def recount() -> None:
    """Count anew, into one row of each customer. What others are about to write comes on top of that."""
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # two at once would both add all: the second waits, and then replaces what the first has written
        cursor.execute("LOCK TABLE devices_devicecount IN SHARE UPDATE EXCLUSIVE MODE")
        cursor.execute(RECOUNT)
        for customer, told, found in cursor.fetchall():
            log.warning("customer %s had %s devices, and %s were told", customer, found, told)
