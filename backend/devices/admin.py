"""Admin: sites, credentials and devices."""

from typing import Any

from django import forms
from django.contrib import admin

from core.admin import AuditedAdmin
from devices.models import Credential, Device, Site, Tag


class CredentialForm(forms.ModelForm):
    """Secrets are write-only: an empty field keeps what is stored."""

    SECRETS = ("password", "enable_secret", "private_key")

    class Meta:
        model = Credential
        fields = ("customer", "name", "username", "password", "enable_secret", "private_key")
        widgets = {  # noqa: RUF012
            "password": forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            "enable_secret": forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            "private_key": forms.Textarea(attrs={"autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored = {name: getattr(self.instance, name) for name in self.SECRETS}
        for name in self.SECRETS:
            self.initial[name] = ""
            self.fields[name].help_text = "Leave empty to keep what is stored."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {**cleaned, **{name: cleaned.get(name) or self._stored[name] for name in self.SECRETS}}


class DeviceForm(forms.ModelForm):
    """A device with tags of its own customer."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        customer = cleaned.get("customer") or getattr(self.instance, "customer", None)
        if any(tag.customer != customer for tag in cleaned.get("tags", ())):
            self.add_error("tags", "A tag of another customer.")
        return cleaned


@admin.register(Credential)
class CredentialAdmin(AuditedAdmin):
    form = CredentialForm
    list_display = ("name", "customer", "username", "updated_at")
    list_filter = ("customer",)


@admin.register(Site)
class SiteAdmin(AuditedAdmin):
    list_display = ("name", "customer", "region")
    list_filter = ("customer",)


@admin.register(Tag)
class TagAdmin(AuditedAdmin):
    list_display = ("name", "customer")
    list_filter = ("customer",)


@admin.register(Device)
class DeviceAdmin(AuditedAdmin):
    list_display = ("hostname", "customer", "mgmt_ip", "platform", "role", "site", "enabled", "reachability")
    form = DeviceForm
    list_filter = ("customer", "platform", "role", "enabled", "reachability")
    search_fields = ("hostname", "mgmt_ip", "serial")
    list_select_related = ("customer", "site")
    filter_horizontal = ("tags",)
    readonly_fields = (
        "reachability", "reachability_at", "latency_ms", "model", "serial", "os_version", "uptime_s",
        "created_at",
    )  # fmt: skip
