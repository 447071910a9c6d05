"""Admin: snapshots, to read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from config_mgmt.models import ConfigSnapshot


@admin.register(ConfigSnapshot)
class ConfigSnapshotAdmin(admin.ModelAdmin):
    list_display = ("device", "customer", "status", "version", "is_new_version", "taken_at")
    list_filter = ("status", "customer")
    list_select_related = ("device", "customer")
    exclude = ("text",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
