"""Admin: customers and their ranges."""

from django.contrib import admin

from core.admin import AuditedAdmin
from customers.models import Customer, CustomerIPRange


class IPRangeInline(admin.TabularInline):
    model = CustomerIPRange
    extra = 0


@admin.register(Customer)
class CustomerAdmin(AuditedAdmin):
    list_display = ("name", "slug", "four_eyes")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    inlines = (IPRangeInline,)
