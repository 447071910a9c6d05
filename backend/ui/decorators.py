"""How a page names its permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from users.permissions import NotAllowed, Permission, may

View = Callable[..., HttpResponse]


def _page_of(request: HttpRequest) -> str:
    """Where to come back to after a login: a fragment's own address is no page, nor is one that only takes forms."""
    if request.htmx and (shown := request.htmx.current_url_abs_path):  # type: ignore[attr-defined]
        return str(shown)
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    sent_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(sent_from, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    return urlsplit(sent_from)._replace(scheme="", netloc="", fragment="").geturl()


def page(permission: Permission, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Login, then the named permission, then the methods. Every page of the product wears it."""

    def wrap(view: View) -> View:
        allowed = require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(_page_of(request))
            if not may(request.user, permission):
                raise NotAllowed(permission)
            return allowed(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return guarded

    return wrap
