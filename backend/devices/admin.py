"""Admin: sites, credentials and devices."""

from typing import Any

from django import forms
from django.contrib import admin

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


@admin.register(Credential)
class CredentialAdmin(admin.ModelAdmin):
    form = CredentialForm
    list_display = ("name", "customer", "username", "updated_at")
    list_filter = ("customer",)


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):
    list_display = ("name", "customer", "region")
    list_filter = ("customer",)


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ("name", "customer")
    list_filter = ("customer",)


@admin.register(Device)
class DeviceAdmin(admin.ModelAdmin):
    list_display = ("hostname", "customer", "mgmt_ip", "platform", "role", "site", "enabled", "reachability")
    list_filter = ("customer", "platform", "role", "enabled", "reachability")
    search_fields = ("hostname", "mgmt_ip", "serial")
    list_select_related = ("customer", "site")
    filter_horizontal = ("tags",)
    readonly_fields = ("reachability", "reachability_at", "latency_ms", "model", "serial", "os_version", "uptime_s")
