"""Who is at the other end of a websocket: the login session of a page of ours, a token or an API key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import validate_host

from core.middleware import source_of
from users.keys import SCHEME, user_by_key
from users.logins import Login
from users.models import User
from users.tokens import access_of

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the client brought: a token, an API key, or the session of a page whose origin was checked; or nothing."""

    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    address: str | None = None


def origin_allowed(scope: Mapping[str, Any]) -> bool:
    """Whether the browser's page is ours. A client that is no browser sends no Origin, and needs a token."""
    headers = _headers(scope)
    origin = headers.get("origin")
    if origin is None:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    page = urlsplit(origin)
    if page.scheme not in PORTS or (settings.HTTPS and page.scheme != "https"):
        return False
    ours = urlsplit(f"//{headers.get('host', '')}")
    try:
        there, here = (page.hostname, page.port or PORTS[page.scheme]), (ours.hostname, ours.port or PORTS[page.scheme])
    except ValueError:  # a port that is none
        return False
    # a rebound name has Origin and Host alike: the host must be one of ours, too
    return there == here and here[0] is not None and validate_host(here[0], settings.ALLOWED_HOSTS)


def take_credentials(scope: dict[str, Any]) -> Credentials:
    """Read the client's credentials; a token is taken out of the scope's query, so that nothing logs it later.

    API keys come in the header alone: they live too long for an address, which others on the way may log.
    """
    headers, address = _headers(scope), _address(scope)
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    scope["query_string"] = urlencode([pair for pair in query if pair[0] != "token"]).encode()
    if "authorization" in headers:
        scheme, _, given = headers["authorization"].strip().partition(" ")
        field = {"bearer": "token", SCHEME.lower(): "key"}.get(scheme.lower())
        return Credentials(**({field: given.strip()} if field else {}), address=address)
    if token := dict(query).get("token"):
        return Credentials(token=token, address=address)
    if "origin" not in headers:
        return Credentials()  # a browser always names its page: without that a cookie proves nothing
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return Credentials()
    session = cookies.get(settings.SESSION_COOKIE_NAME)
    return Credentials(session=session.value if session else "", address=address)


def login_of(credentials: Credentials) -> tuple[User, Login] | None:
    """Who it is now: None once token or key has ended, the session was logged out or the user is inactive."""
    if credentials.key:
        user = user_by_key(credentials.key, credentials.address)
        return (user, Login(user.pk, key_id=user.api_key.pk)) if user and user.api_key else None
    if credentials.token:
        access = access_of(credentials.token, credentials.address)
        return (access.user, Login(access.user.pk, family=access.family, until=access.until)) if access else None
    user = _by_session(credentials.session)
    return (user, Login(user.pk, session=credentials.session)) if user and user.is_active else None


def _by_session(key: str) -> User | None:
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None


def _address(scope: Mapping[str, Any]) -> str | None:
    """Where the client is, by the rule that requests go by."""
    request = HttpRequest()
    request.META = {
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "HTTP_X_FORWARDED_FOR": _headers(scope).get("x-forwarded-for", ""),
    }
    return source_of(request)


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
