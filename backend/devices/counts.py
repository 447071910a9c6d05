"""How many devices whole customers have, without a look at each of them.

To count a hundred thousand rows takes longer than to show a page of them. On PostgreSQL each statement that adds or
removes devices also writes by how many, for each customer (triggers of a migration), so that sums of these changes tell
in any transaction what a count would. It is a row a statement, not one number: two writers of a customer would wait for
each other's end to change that. `merge_counts` makes one row of many. SQLite, whose triggers are called for each row,
counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection, connections, models
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In

if TYPE_CHECKING:
    from devices.models import Device  # noqa: F401


class CountedDevices(models.QuerySet["Device"]):
    """Devices: where all are asked for, or all of some customers, their number is known."""

    def count(self) -> int:
        if self._result_cache is not None or connections[self.db].vendor != "postgresql":
            return super().count()
        of_whole_customers = self._customers()
        if of_whole_customers is None:
            return super().count()
        changes = apps.get_model("devices.DeviceCount")._default_manager.using(self.db).filter(**of_whole_customers)
        return int(changes.aggregate(devices=models.Sum("change", default=0))["devices"])

    def _customers(self) -> dict[str, list[int]] | None:
        """The condition on the customers, if there is no other one on the rows."""
        query, where = self.query, self.query.where
        if query.is_sliced or query.distinct or query.combinator or where.negated or len(where.children) > 1:
            return None
        if not where.children:
            return {}
        [only] = where.children
        if not isinstance(only, In | RelatedIn) or not isinstance(only.rhs, list):
            return None
        is_ours = only.lhs.target is self.model._meta.get_field("customer") and only.lhs.alias == query.base_table
        return {"customer_id__in": only.rhs} if is_ours else None


MERGE = """
    WITH old AS (DELETE FROM devices_devicecount RETURNING customer_id, change)
    INSERT INTO devices_devicecount (customer_id, change)
    SELECT customer_id, sum(change) FROM old GROUP BY customer_id HAVING sum(change) <> 0
"""


def merge_counts() -> None:
    """One row of each customer's. Who reads meanwhile sees the old ones or the new one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(MERGE)
