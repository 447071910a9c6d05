"""How a page names its permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from users.permissions import NotAllowed, Permission, may

View = Callable[..., HttpResponse]


def page(permission: Permission, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Login, then the named permission, then the methods. Every page of the product wears it."""

    def wrap(view: View) -> View:
        allowed = require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                # a fragment's own address is no page to come back to
                back = request.htmx.current_url_abs_path if request.htmx else None  # type: ignore[attr-defined]
                return redirect_to_login(back or request.get_full_path())
            if not may(request.user, permission):
                raise NotAllowed(permission)
            return allowed(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return guarded

    return wrap
