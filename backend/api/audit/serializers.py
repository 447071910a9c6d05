"""Audit events as JSON."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from api.rows import RowSerializer
from api.schema.fields import JSON_OBJECT, Shaped
from core.models import AuditEvent


class AuditEventSerializer(RowSerializer[AuditEvent]):
    """Who did what, on what, from where. `seq` and `hash` are its place in the chain of its customer."""

    before = Shaped(JSON_OBJECT)
    after = Shaped(JSON_OBJECT)

    class Meta:
        model = AuditEvent
        fields = (
            "id", "at", "customer", "actor", "actor_name", "api_key", "action", "object_type", "object_id",
            "object_label", "before", "after", "source_address", "correlation_id", "seq", "hash",
        )  # fmt: skip


class JSONText(serializers.ReadOnlyField):
    def to_representation(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)


class AuditEventLine(AuditEventSerializer):
    """For a file of lines: what has parts stands in its cell as JSON."""

    before = JSONText()  # type: ignore[assignment]  # the same value in one cell
    after = JSONText()  # type: ignore[assignment]
