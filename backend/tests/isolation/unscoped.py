"""The product with one of its two walls taken away, to see that a test finds the gap, and that the other wall holds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import QuerySet

from core.tenancy import EVERY
from customers.models import Customer
from users import selectors


def take_first_wall_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Selectors forget who asks. `users.selectors` keeps what tells the scope, and is about users, who have no wall."""
    _everywhere(monkeypatch, "visible", lambda rows, user, customer="": rows)
    _everywhere(monkeypatch, "customers_for", _every_customer)


def take_both_walls_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the database answers whoever asks in the scope of every customer."""
    take_first_wall_away(monkeypatch)
    _everywhere(monkeypatch, "scope_of", lambda user: EVERY)
    monkeypatch.setattr(selectors, "customers_for", _every_customer)


def _every_customer(user: object) -> QuerySet[Customer]:
    return Customer.objects.all()


def _everywhere(monkeypatch: pytest.MonkeyPatch, name: str, other: object) -> None:
    known = getattr(selectors, name)
    ours = {app.name.partition(".")[0] for app in apps.get_app_configs() if settings.BACKEND in Path(app.path).parents}
    for module in list(sys.modules.values()):
        reads = module is not selectors and module.__name__.partition(".")[0] in ours
        if reads and vars(module).get(name) is known:
            monkeypatch.setattr(module, name, other)
