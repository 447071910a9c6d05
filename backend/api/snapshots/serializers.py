"""Snapshots as JSON: what is known of them, and their text with secrets masked."""

from __future__ import annotations

from rest_framework import serializers

from api.devices.serializers import DeviceName
from api.schema.fields import Shaped
from config_mgmt.models import ConfigSnapshot
from config_mgmt.selectors import masked_text


class SnapshotSerializer(serializers.ModelSerializer[ConfigSnapshot]):
    """One captured configuration of one device, without its text."""

    device = DeviceName()
    job = serializers.IntegerField(source="target.job_id", default=None, allow_null=True)
    problems = Shaped({"type": "array", "items": {"type": "string"}}, help_text="Why it is not verified, in words.")
    size = serializers.IntegerField(source="text.size", default=None, allow_null=True)
    lines = serializers.IntegerField(source="text.lines", default=None, allow_null=True)

    class Meta:
        model = ConfigSnapshot
        fields = (
            "id", "customer", "device", "job", "status", "problems", "version", "is_new_version",
            "lines_added", "lines_removed", "size", "lines", "taken_at",
        )  # fmt: skip


class SnapshotDetailSerializer(SnapshotSerializer):
    """One captured configuration of one device, with its text."""

    text = serializers.SerializerMethodField()

    class Meta:
        model = ConfigSnapshot
        fields = (*SnapshotSerializer.Meta.fields, "text")

    def get_text(self, snapshot: ConfigSnapshot) -> str | None:
        """None where nothing was read."""
        return masked_text(snapshot) if snapshot.text else None
