"""Who guesses passwords is locked out: at the login page, at the API and wherever else Django authenticates.

django-axes counts failures per account and address in the database, so that all processes know. This adds what it
lacks: a limit per address over all accounts, and how long a lock still lasts.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from math import ceil
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from core.middleware import source_of
from core.text import storable
from users.models import User


def account_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The account whose failures are counted, whatever case the name is given in."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return str(given).casefold()[:150]


def address_of(request: HttpRequest) -> str | None:
    """Where the client is; of IPv6 the network, of which one client has all addresses."""
    source = source_of(request)
    ip = ipaddress.ip_address(source) if source else None
    if isinstance(ip, ipaddress.IPv6Address) and not ip.ipv4_mapped:
        return str(ipaddress.ip_network((ip, 64), strict=False).network_address)
    return source


class Handler(AxesDatabaseHandler):
    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return _seconds_left(account_of(request, credentials), address_of(request)) > 0

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        for name in ("axes_user_agent", "axes_http_accept", "axes_path_info") if request else ():
            setattr(request, name, storable(getattr(request, name)))
        super().user_login_failed(sender, credentials, request, **kwargs)


def seconds_left(request: HttpRequest, username: str) -> int:
    """How long no login to this account is possible from where the request comes; 0 when one is."""
    return _seconds_left(account_of(request, {"username": username}), address_of(request))


def is_locked(request: HttpRequest, user: User) -> bool:
    """For what comes after the password. The request's answer becomes the one that tells of the lock."""
    if not seconds_left(request, user.get_username()):
        return False
    request.axes_locked_out = True  # type: ignore[attr-defined]
    request.axes_credentials = {"username": user.get_username()}  # type: ignore[attr-defined]
    return True


def forget_old_attempts() -> None:
    AccessAttempt.objects.filter(attempt_time__lte=_threshold()).delete()


def _seconds_left(account: str, address: str | None) -> int:
    here = AccessAttempt.objects.order_by().filter(ip_address=address, attempt_time__gt=_threshold())
    of_account = _left(here.filter(username=account), settings.AXES_FAILURE_LIMIT)
    return max(of_account, _left(here, settings.LOGIN_FAILURES_PER_ADDRESS))


def _left(attempts: QuerySet[AccessAttempt], limit: int) -> int:
    found = attempts.aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    if (found["failures"] or 0) < limit:
        return 0
    return max(ceil((found["last"] - _threshold()).total_seconds()), 1)


def _threshold() -> datetime:
    return timezone.now() - settings.AXES_COOLOFF_TIME
