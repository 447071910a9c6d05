"""Every model of a customer is reached through a selector that takes the user; every state table is whole."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model, QuerySet, TextChoices
from django.utils.module_loading import import_string

from customers.models import Customer

OURS = (
    "core", "customers", "users", "devices", "jobs", "config_mgmt", "discovery", "monitoring", "notifications",
    "terminals",
)  # fmt: skip
INTERNAL: dict[str, str] = {
    "config_mgmt.ConfigText": "reached only through a snapshot",
    "discovery.InterfaceAddress": "reached only through its interface",
    "devices.DeviceCount": "only counts devices",
    "core.AuditChain": "only proves that the audit trail is whole",
}
"""Models of a customer that nothing but their own app reads, and why."""
READ_BY = {"core.AuditEvent": "users.audit"}
"""Where a model's selector stands that its own app cannot have: core knows no users."""


def models_of_a_customer() -> list[type[Model]]:
    return [
        model
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if any(field.related_model is Customer for field in model._meta.get_fields() if not field.auto_created)
    ]


def user_selectors(model: type[Model]) -> list[Callable[..., Any]]:
    """Functions of the app's selectors that take a user alone and return rows of the model."""
    module = importlib.import_module(READ_BY.get(model._meta.label, f"{model._meta.app_label}.selectors"))
    found = []
    for _, function in inspect.getmembers(module, inspect.isfunction):
        parameters = list(inspect.signature(function).parameters)
        # as written: at run time Django's QuerySet forgets what it is of
        if parameters == ["user"] and function.__annotations__["return"] == f"QuerySet[{model.__name__}]":
            found.append(function)
    return found


@pytest.mark.parametrize("model", models_of_a_customer(), ids=lambda model: model._meta.label)
def test_model_of_a_customer_has_a_selector_or_is_internal(model: type[Model]) -> None:
    if model._meta.label in INTERNAL:
        return
    assert user_selectors(model), f"{model._meta.label}: write a selector (user) -> QuerySet, or list it as internal"


def test_internal_models_exist() -> None:
    assert set(INTERNAL) <= {model._meta.label for model in models_of_a_customer()}


def test_selectors_of_a_model_return_nothing_to_an_inactive_user(db: None, superadmin: Any, device: Any) -> None:
    superadmin.is_active = False
    superadmin.save()
    for model in models_of_a_customer():
        if model._meta.label not in INTERNAL:
            for selector in user_selectors(model):
                rows: QuerySet[Any] = selector(superadmin)
                assert not rows.exists(), selector.__name__


MADE_AS: dict[str, set[str]] = {
    "JOB_TRANSITIONS": {"queued"},
    "TARGET_TRANSITIONS": {"pending", "skipped"},
    "IMPORT_TRANSITIONS": {"queued"},
}
"""The statuses that a row of each table is made with."""


def state_tables() -> dict[str, tuple[dict[Any, frozenset[Any]], type[TextChoices | StrEnum]]]:
    tables = {}
    for app in OURS:
        try:
            module = importlib.import_module(f"{app}.enums")
        except ModuleNotFoundError:
            continue
        for name, table in vars(module).items():
            if name.endswith("TRANSITIONS"):
                tables[name] = (table, type(next(iter(table))))
    return tables


def test_state_tables_are_known() -> None:
    assert set(state_tables()) == set(MADE_AS)


@pytest.mark.parametrize("name", MADE_AS)
def test_state_table_covers_its_statuses(name: str) -> None:
    table, statuses = state_tables()[name]
    reached = {str(status) for targets in table.values() for status in targets} | MADE_AS[name]
    assert reached == {str(status) for status in statuses}, "every status is reached, and nothing else"
    assert not [status for status, targets in table.items() if not targets], "an end has no row"
    assert not [status for status, targets in table.items() if status in targets]


@pytest.mark.parametrize(
    ("name", "ended"),
    [
        ("JOB_TRANSITIONS", "jobs.enums.JOB_ENDED"),
        ("TARGET_TRANSITIONS", "jobs.enums.TARGET_ENDED"),
        ("IMPORT_TRANSITIONS", "devices.enums.IMPORT_ENDED"),
    ],
)
def test_what_has_no_way_on_is_an_end(name: str, ended: str) -> None:
    table, statuses = state_tables()[name]
    assert set(statuses) - set(table) <= import_string(ended)
