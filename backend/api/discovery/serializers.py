"""Facts and interfaces as JSON."""

from __future__ import annotations

from rest_framework import serializers

from api.devices.serializers import DeviceName
from api.rows import RowSerializer
from api.schema.fields import Shaped
from discovery.models import DeviceFacts, Interface

TEXTS = {"type": "array", "items": {"type": "string"}}


class FactsSerializer(RowSerializer[DeviceFacts]):
    """What a device said of itself when it was last asked. `read_at` is null for one that never was.

    Where an answer lacked the model, serial number or version, what was known before stands.
    """

    device = DeviceName()
    model = serializers.CharField(source="device.model")
    serial = serializers.CharField(source="device.serial")
    os_version = serializers.CharField(source="device.os_version")
    uptime_s = serializers.IntegerField(source="device.uptime_s", allow_null=True, min_value=0)
    read_at = serializers.DateTimeField(allow_null=True)
    problems = Shaped(TEXTS, help_text="What of the answer was left out, and why.")

    class Meta:
        model = DeviceFacts
        fields = (
            "device", "vendor", "model", "serial", "os_version", "reported_hostname", "uptime_s", "booted_at",
            "read_at", "interfaces_read_at", "problems", "job",
        )  # fmt: skip


class InterfaceSerializer(RowSerializer[Interface]):
    """An interface of a device, as the device last described it. Null is what it did not say."""

    device = DeviceName()
    addresses = Shaped(TEXTS, source="address_texts", help_text="With the length of the prefix: `10.0.0.1/24`.")

    class Meta:
        model = Interface
        fields = (
            "id", "customer", "device", "name", "description", "enabled", "up", "mac", "mtu", "speed_kbps",
            "addresses", "last_seen_at",
        )  # fmt: skip
