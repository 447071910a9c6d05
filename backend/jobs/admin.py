"""Admin: jobs, to read; they are started and cancelled on the product's own pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jobs.models import Job, JobTarget


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("id", "kind", "status", "customer", "requested_by", "created_at", "finished_at", "targets_total")
    list_filter = ("kind", "status", "customer")
    list_select_related = ("customer", "requested_by")
    search_fields = ("correlation_id",)


@admin.register(JobTarget)
class JobTargetAdmin(ReadOnly):
    list_display = ("job", "device", "status", "attempts", "error_code", "finished_at")
    list_filter = ("status", "error_code")
    list_select_related = ("job", "device")
