"""What every page of the shell shows: the customers to switch between, and the chosen one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ui.scope import current_customer, customers_of
from users.permissions import Permission, may


def shell(request: HttpRequest) -> dict[str, Any]:
    """Lazy: a fragment that shows no shell pays no query."""
    user = getattr(request, "user", None)
    return {
        "customers": SimpleLazyObject(lambda: customers_of(request)),
        "may_see_audit": may(user, Permission.VIEW_AUDIT),
        "may_open_terminal": may(user, Permission.OPEN_TERMINAL),
        "may_manage_system": may(user, Permission.MANAGE_SYSTEM),
        "current_customer": SimpleLazyObject(lambda: current_customer(request)),
    }
