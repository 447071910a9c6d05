"""Who may do what: the one table. Pages, API, websockets and jobs ask it, and nothing else decides."""

from __future__ import annotations

from enum import StrEnum

from users.enums import Role


class Permission(StrEnum):
    VIEW = "view"  # devices, jobs, logs, snapshots with secrets masked, diffs, findings
    VIEW_SECRETS = "view_secrets"  # secrets inside configurations, on request and audited
    RUN_READ_JOBS = "run_read_jobs"  # backup, reachability, show commands, discovery, compliance
    PREVIEW_CHANGE = "preview_change"
    COMMIT_CHANGE = "commit_change"
    OPEN_TERMINAL = "open_terminal"
    MANAGE_INVENTORY = "manage_inventory"  # devices, sites, credentials, policies, schedules
    MANAGE_SYSTEM = "manage_system"  # users, customers, API keys of others, settings, key rotation


_VIEWER = frozenset({Permission.VIEW})
_OPERATOR = _VIEWER | {
    Permission.VIEW_SECRETS,
    Permission.RUN_READ_JOBS,
    Permission.PREVIEW_CHANGE,
    Permission.COMMIT_CHANGE,
    Permission.OPEN_TERMINAL,
    Permission.MANAGE_INVENTORY,
}
_ADMIN = _OPERATOR | {Permission.MANAGE_SYSTEM}

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ADMIN,
}


class NotAllowed(Exception):
    """The user's role does not include what was asked. Says so in words for the page or the API."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"Your role does not allow this ({permission.value.replace('_', ' ')}).")
        self.permission = permission


def may(user: object, permission: Permission) -> bool:
    """Whether the user's role includes the permission. Which customers it reaches, selectors say."""
    if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
        return False
    return permission in ROLE_PERMISSIONS.get(getattr(user, "role", ""), frozenset())


def demand(user: object, permission: Permission) -> None:
    if not may(user, permission):
        raise NotAllowed(permission)
