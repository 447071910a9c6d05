"""Admin: the audit trail, to read, and what makes every other page of the admin leave its rows there."""

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest

from core.models import AuditEvent
from core.services import audit


class AuditedAdmin(admin.ModelAdmin):
    """Each change made here is in the audit trail; a row stays with the customer that it was made for."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "customer") if obj is not None and hasattr(obj, "customer_id") else fields

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = [name for name in form.changed_data if name in form.cleaned_data]
        _audit(
            request,
            "change" if change else "create",
            obj,
            before={name: _plain(form.initial.get(name)) for name in changed} if change else {},
            after={name: _plain(form.cleaned_data[name]) for name in changed},
        )

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for obj in formset.new_objects:
            _audit(request, "create", obj, after={"as": str(obj)})
        for obj, fields in formset.changed_objects:
            _audit(request, "change", obj, after={name: _plain(getattr(obj, name)) for name in fields})
        for obj in formset.deleted_objects:
            _audit(request, "delete", obj, before=_values(obj))

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        _audit(request, "delete", obj, before=_values(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        with transaction.atomic():
            for obj in queryset:
                _audit(request, "delete", obj, before=_values(obj))
            super().delete_queryset(request, queryset)


def _audit(request: HttpRequest, verb: str, obj: models.Model, **values: Any) -> None:
    audit(f"{obj._meta.model_name}.{verb}", obj, actor=request.user, **values)


def _values(obj: models.Model) -> dict[str, Any]:
    """What is lost with the row."""
    return {field.name: _plain(getattr(obj, field.attname)) for field in obj._meta.concrete_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, models.QuerySet | list | tuple):
        return [str(one) for one in value]
    return str(value)


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    list_display = ("at", "actor_name", "action", "object_type", "object_label", "customer", "source_address")
    list_filter = ("action", "customer")
    search_fields = ("actor_name", "object_label", "correlation_id")
    date_hierarchy = "at"
    list_select_related = ("customer",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
