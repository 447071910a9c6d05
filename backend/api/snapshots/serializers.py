"""Snapshots as JSON: what is known of them, and their text with secrets masked."""

from __future__ import annotations

from rest_framework import serializers

from api.devices.serializers import DeviceName
from config_mgmt.models import ConfigSnapshot
from config_mgmt.selectors import masked_text


class SnapshotSerializer(serializers.ModelSerializer[ConfigSnapshot]):
    device = DeviceName()
    job = serializers.IntegerField(source="target.job_id", default=None)
    size = serializers.IntegerField(source="text.size", default=None)
    lines = serializers.IntegerField(source="text.lines", default=None)

    class Meta:
        model = ConfigSnapshot
        fields = (
            "id", "customer", "device", "job", "status", "problems", "version", "is_new_version",
            "lines_added", "lines_removed", "size", "lines", "taken_at",
        )  # fmt: skip


class SnapshotDetailSerializer(SnapshotSerializer):
    text = serializers.SerializerMethodField()

    class Meta:
        model = ConfigSnapshot
        fields = (*SnapshotSerializer.Meta.fields, "text")

    def get_text(self, snapshot: ConfigSnapshot) -> str | None:
        """None where nothing was read."""
        return masked_text(snapshot) if snapshot.text else None
