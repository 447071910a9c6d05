"""Every endpoint names its permission; one that names none answers nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.permissions import Permission, demand

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module as it is defined

Named = Permission | Mapping[str, Permission]
"""One permission for the whole view, or one per action."""


def managed_by(permission: Permission, read: Permission = Permission.VIEW) -> dict[str, Permission]:
    """Who may read the rows of a resource, and who may write them, one or many at once."""
    writes = ("create", "update", "destroy", "create_many", "update_many", "destroy_many")
    return {"list": read, "retrieve": read, "export": read, **dict.fromkeys(writes, permission)}


def permission_of(view: object, action: str | None) -> Permission | None:
    """What the view demands for the action; None when it names nothing."""
    named: Named | None = getattr(view, "permission", None)
    if isinstance(named, Mapping):
        return named.get(action or "")
    return named


class HasNamedPermission(BasePermission):
    """Asks users.permissions for what the view's `permission` names."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method in {None, "OPTIONS"} or not hasattr(view, str(request.method).lower()):
            return True  # no such method: the view goes on to say 405, which tells nothing
        permission = permission_of(view, getattr(view, "action", None))
        if permission is None:
            return False
        demand(request.user, permission)
        return True
