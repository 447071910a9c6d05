"""How many devices whole customers have, without a look at each of them.

To count a hundred thousand rows takes longer than to show a page of them. On PostgreSQL each statement that adds or
removes devices also writes by how many, for each customer (triggers of a migration), so that sums of these changes tell
in any transaction what a count would. It is a row a statement, not one number: two writers of a customer would wait for
each other's end to change that. `recount` makes one row of many. SQLite, whose triggers are called for each row,
counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection, connections, models, transaction
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


RECOUNT = """
    WITH old AS (DELETE FROM devices_devicecount)
    INSERT INTO devices_devicecount (customer_id, change)
    SELECT customer_id, count(*) FROM devices_device GROUP BY customer_id
"""


def recount() -> None:
    """Count anew, into one row of each customer. What others are about to write comes on top of that."""
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # two at once would both add all: the second waits, and then replaces what the first has written
        cursor.execute("LOCK TABLE devices_devicecount IN SHARE UPDATE EXCLUSIVE MODE")
        cursor.execute(RECOUNT)
