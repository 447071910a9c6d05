"""An import as JSON. The file itself is not among it: it may hold passwords."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.rows import RowSerializer
from devices.models import InventoryImport


class FaultSerializer(serializers.Serializer[Any]):
    """What is wrong, and where. Without a column it is the whole line."""

    line = serializers.IntegerField()
    column = serializers.CharField()
    detail = serializers.CharField()


class ImportSerializer(RowSerializer[InventoryImport]):
    """A CSV file on its way into the inventory: how far it is, and what is wrong with it."""

    faults = FaultSerializer(many=True)
    requested_by: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField("username", read_only=True)

    class Meta:
        model = InventoryImport
        fields = (
            "id", "customer", "kind", "status", "dry_run", "update_existing", "skip_faulty", "rows_total",
            "rows_checked", "rows_written", "created", "updated", "unchanged", "faults_total", "faults", "error",
            "requested_by", "created_at", "started_at", "finished_at",
        )  # fmt: skip
