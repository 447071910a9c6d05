"""Admin: customers and their ranges."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet

from core.admin import AuditedAdmin
from customers.models import Customer, CustomerIPRange


class IPRangeFormSet(BaseInlineFormSet):
    """Ranges that, together, hold all the customer's devices."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or self.instance.pk is None:
            return
        given = [form.cleaned_data for form in self.forms]
        cidrs = [values["cidr"] for values in given if values.get("cidr") and not values.get("DELETE")]
        if outside := self.instance.devices_outside(cidrs).count():
            raise ValidationError(f"Devices would stand outside the ranges: {outside:,}.")


class IPRangeInline(admin.TabularInline):
    model = CustomerIPRange
    formset = IPRangeFormSet
    extra = 0


@admin.register(Customer)
class CustomerAdmin(AuditedAdmin):
    list_display = ("name", "slug", "four_eyes")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    inlines = (IPRangeInline,)
