"""Who may do what: the one table. Pages, API, websockets and jobs ask it, and nothing else decides."""

from __future__ import annotations

from enum import StrEnum

from users.enums import Role, Scope


class Permission(StrEnum):
    VIEW = "view"  # devices, jobs, logs, snapshots with secrets masked, diffs, findings
    VIEW_SECRETS = "view_secrets"  # secrets inside configurations, on request and audited
    VIEW_AUDIT = "view_audit"  # who did what to one's customers
    RUN_READ_JOBS = "run_read_jobs"  # backup, reachability, show commands, discovery, compliance
    RUN_ANY_COMMAND = "run_any_command"  # commands that are not known to only read, by a job
    PREVIEW_CHANGE = "preview_change"
    COMMIT_CHANGE = "commit_change"
    OPEN_TERMINAL = "open_terminal"
    MANAGE_INVENTORY = "manage_inventory"  # devices, sites, credentials, policies, schedules
    MANAGE_SYSTEM = "manage_system"  # users, customers, API keys of others, settings, key rotation


_VIEWER = frozenset({Permission.VIEW})
_OPERATOR = _VIEWER | {
    Permission.VIEW_SECRETS,
    Permission.VIEW_AUDIT,
    Permission.RUN_READ_JOBS,
    Permission.PREVIEW_CHANGE,
    Permission.COMMIT_CHANGE,
    Permission.OPEN_TERMINAL,
    Permission.MANAGE_INVENTORY,
}
_ADMIN = _OPERATOR | {Permission.RUN_ANY_COMMAND, Permission.MANAGE_SYSTEM}

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ADMIN,
}

# What a key of each scope can do at most; the role of its user narrows it further.
SCOPE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Scope.READ: _VIEWER | {Permission.VIEW_AUDIT},
    Scope.RUN: _VIEWER | {Permission.RUN_READ_JOBS, Permission.PREVIEW_CHANGE},
    Scope.WRITE: _VIEWER
    | {
        Permission.VIEW_SECRETS,  # nothing that is written, but as much to be trusted with
        Permission.RUN_ANY_COMMAND,
        Permission.COMMIT_CHANGE,
        Permission.OPEN_TERMINAL,
        Permission.MANAGE_INVENTORY,
        Permission.MANAGE_SYSTEM,
    },
}


class NotAllowed(Exception):
    """The user's role, or the API key in use, does not include what was asked. Says so in words."""

    def __init__(self, permission: Permission, user: object = None) -> None:
        words = permission.value.replace("_", " ")
        if permission in permissions_of_role(user):
            super().__init__(f"The scopes of this API key do not allow this ({words}).")
        else:
            super().__init__(f"Your role does not allow this ({words}).")
        self.permission = permission


class BeyondOwn(NotAllowed):
    """One neither gives nor takes what one does not have. Says what, in words."""

    def __init__(self, words: str) -> None:
        super().__init__(Permission.MANAGE_SYSTEM)
        self.args = (words,)


def permissions_of(user: object) -> frozenset[Permission]:
    """What the user may do: what the role includes and, where an API key is in use, its scopes include too."""
    allowed = permissions_of_role(user)
    key = getattr(user, "api_key", None)
    if key is None:
        return allowed
    return allowed & frozenset().union(*(SCOPE_PERMISSIONS.get(scope, frozenset()) for scope in key.scopes))


def permissions_of_role(user: object) -> frozenset[Permission]:
    if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
        return frozenset()
    return ROLE_PERMISSIONS.get(getattr(user, "role", ""), frozenset())


def may(user: object, permission: Permission) -> bool:
    """Whether role and API key include the permission. Which customers it reaches, selectors say."""
    return permission in permissions_of(user)


def demand(user: object, permission: Permission) -> None:
    if not may(user, permission):
        raise NotAllowed(permission, user)
