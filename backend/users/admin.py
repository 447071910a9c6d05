"""Admin: users and their API keys."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from users.models import APIKey, User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ("username", "email", "role", "all_customers", "is_active", "last_login")
    list_filter = ("role", "is_active", "customers")
    filter_horizontal = ("customers", "groups", "user_permissions")
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("webnet", {"fields": ("role", "customers", "all_customers")}))


@admin.register(APIKey)
class APIKeyAdmin(admin.ModelAdmin):
    list_display = ("name", "prefix", "user", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = ("prefix", "last_used_at")

    def has_add_permission(self, request: object) -> bool:
        return False  # a key's secret is made and shown once, which a form here cannot do
