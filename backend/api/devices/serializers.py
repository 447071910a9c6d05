"""Devices and sites as JSON. Credential, host key and connection options are not among it."""

from __future__ import annotations

from rest_framework import serializers

from devices.models import Device, Site, Tag
from networkops.platforms import PLATFORMS


class SiteName(serializers.ModelSerializer[Site]):
    """A site by name."""

    class Meta:
        model = Site
        fields = ("id", "name")


class DeviceName(serializers.ModelSerializer[Device]):
    """A device by name."""

    class Meta:
        model = Device
        fields = ("id", "hostname")


class DeviceSerializer(serializers.ModelSerializer[Device]):
    """A router, switch or firewall, and what webnet knows of its state."""

    vendor = serializers.SerializerMethodField()
    site = SiteName()
    tags: serializers.SlugRelatedField[Tag] = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Device
        fields = (
            "id", "customer", "hostname", "mgmt_ip", "port", "vendor", "platform", "role", "site", "tags", "enabled",
            "reachability", "reachability_at", "latency_ms", "last_backup", "backed_up_at",
            "model", "serial", "os_version", "uptime_s", "created_at", "updated_at",
        )  # fmt: skip

    def get_vendor(self, device: Device) -> str:
        platform = PLATFORMS.get(device.platform)
        return platform.vendor if platform else ""
