"""Every address of the product: pages, endpoints, sockets, with their methods and what each demands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from api.permissions import permission_of
from ui.consumers.routes import websocket_routes
from users.permissions import Permission

PUBLIC: dict[str, str] = {
    "login/": "how one logs in",
    "login/second-factor/": "asks who has given the password for the code",
    "login/set-up/": "where who has given the password sets up the second factor that is demanded",
    "login/single-sign-on/": "sends to the provider that settings name",
    "login/single-sign-on/callback/": "the provider's signed answer is the proof",
    "login/forgotten/": "asks for a mail; answers alike whoever has an account",
    "login/forgotten/sent/": "says that a mail was sent if there is such an account",
    "login/forgotten/done/": "says that the password is set",
    "login/forgotten/link/": "the token of the mail is the proof",
    "logout/": "ends one's own session and shows nothing",
    "api/v1/auth/login/": "how one logs in",
    "api/v1/auth/refresh/": "the refresh token is the proof",
    "api/schema/": "how to ask; nothing of any customer",
    "api/docs/": "a reader for the schema",
    "api/redoc/": "a reader for the schema",
    "^api(/|$)": "404 as JSON for whatever is no endpoint",
    "metrics": "guards itself by METRICS_TOKEN; numbers of the whole product, no customer's",
}
"""Addresses that name no permission, and why."""

EXCLUDED: dict[str, str] = {
    "admin/": "Django's own pages, for superusers only, who by a database constraint see all customers",
}
"""Whole trees that guard themselves, by the route that they start with."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address. `WS` is a socket's method."""

    method: str
    path: str
    permission: Permission | None
    view: Any = field(default=None, compare=False, repr=False)
    """The class of an endpoint or consumer."""

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


def every_route() -> list[Route]:
    found = [*_http(get_resolver(), ""), *_sockets()]
    return [route for route in found if not any(route.path.startswith(tree) for tree in EXCLUDED)]


def _http(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _http(pattern, path)
        else:
            yield from _methods(pattern, path)


def _methods(pattern: URLPattern, path: str) -> Iterator[Route]:
    view: Any = pattern.callback
    if actions := getattr(view, "actions", None):
        for method, action in actions.items():
            if method != "head":
                yield Route(method.upper(), path, permission_of(view.cls, action), view.cls)
        return
    for method in getattr(view, "methods", ("ANY",)):
        yield Route(method, path, getattr(view, "permission", None))


def _sockets() -> Iterator[Route]:
    for pattern in websocket_routes:
        consumer = pattern.callback.consumer_class
        yield Route("WS", str(pattern.pattern), getattr(consumer, "permission", None), consumer)
