"""Devices as JSON, and what makes one. Secrets, the host key and other connection options are not among it."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Address, Choice, Related, StrictSerializer, Text, Whole, Words, YesNo
from api.rows import RowSerializer
from devices.batches import LONGEST_TAG, MOST_TAGS
from devices.enums import DeviceRole
from devices.models import Device, Site, Tag, hostname_validator
from devices.selectors import credentials_for, sites_for
from devices.services import host_key_print
from networkops.platforms import PLATFORMS
from users.selectors import customers_for


class SiteName(RowSerializer[Site]):
    """A site by name."""

    class Meta:
        model = Site
        fields = ("id", "name")


class DeviceName(RowSerializer[Device]):
    """A device by name."""

    class Meta:
        model = Device
        fields = ("id", "hostname")


class DeviceSerializer(RowSerializer[Device]):
    """A router, switch or firewall, and what webnet knows of its state."""

    vendor = serializers.SerializerMethodField()
    site = SiteName()
    tags: serializers.SlugRelatedField[Tag] = serializers.SlugRelatedField("name", many=True, read_only=True)
    legacy_ssh = serializers.SerializerMethodField()
    host_key_fingerprint = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = (
            "id", "customer", "hostname", "mgmt_ip", "port", "vendor", "platform", "role", "site", "credential", "tags",
            "enabled", "legacy_ssh", "host_key_fingerprint",
            "reachability", "reachability_at", "latency_ms", "last_backup", "backed_up_at",
            "model", "serial", "os_version", "uptime_s", "created_at", "updated_at",
        )  # fmt: skip

    def get_vendor(self, device: Device) -> str:
        platform = PLATFORMS.get(device.platform)
        return platform.vendor if platform else ""

    def get_legacy_ssh(self, device: Device) -> bool:
        """Whether old ciphers may be used."""
        return bool(device.connection_options.get("legacy_ssh"))

    def get_host_key_fingerprint(self, device: Device) -> str:
        """Of the pinned host key; empty until a login pins one."""
        return host_key_print(device)


class DeviceInput(StrictSerializer):
    """Without a port the platform's own is taken. `tags` are names; new ones are made."""

    fixed = ("customer",)

    customer = Related(customers_for, "customer")
    hostname = Text(max_length=253, rule=hostname_validator)
    mgmt_ip = Address()
    port = Whole(min_value=1, max_value=65535, required=False)
    platform = Choice(choices=[(key, row.label) for key, row in PLATFORMS.items()])
    role = Choice(choices=DeviceRole.choices, required=False)
    site = Related(sites_for, "site")
    credential = Related(credentials_for, "credential", required=False, allow_null=True)
    tags = Words(limit=MOST_TAGS, length=LONGEST_TAG, required=False)
    enabled = YesNo(required=False)
    legacy_ssh = YesNo(required=False)
