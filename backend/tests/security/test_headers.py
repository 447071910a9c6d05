"""Headers, cookies and markup of every answer: pages, API, errors, whoever asks."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from conftest import PASSWORD
from tests.architecture.routes import PUBLIC, Route, every_route
from tests.isolation import world as worlds
from tests.isolation.calls import address, client_for, filled, seen, send, undone
from tests.isolation.cases import CASES, Call
from tests.isolation.world import OWN, World, ids_from
from users.models import User
from webnet import urls

MINE = ids_from(OWN)
ROUTES = {route.key: route for route in every_route() if route.method != "WS"}
CALLED = [pytest.param(ROUTES[key], calls[0], id=key) for key, calls in CASES.items() if key in ROUTES]
OPEN = [route for route in ROUTES.values() if route.path in PUBLIC and "<" not in route.path and "^" not in route.path]
EXTRA = (
    "/no/such/page/", "/api/v1/no/such/", "/api/", "/healthz", "/readyz", "/metrics", "/static/no-such.css",
    "/admin/login/",
)  # fmt: skip


class Markup(HTMLParser):
    """Collects what a strict policy would block, and any address of another host."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append("an inline script")
        if tag == "style" and "nonce" not in given:
            self.faults.append("a style without nonce")
        for name, value in given.items():
            text = (value or "").strip().lower()
            if name == "style" or re.fullmatch(r"on[a-z]+", name) or name.startswith("hx-on"):
                self.faults.append(f"<{tag} {name}>")
            if name in {"src", "href", "action", "formaction"} and re.match(
                r"(https?:)?//|javascript:|data:text", text
            ):
                self.faults.append(f"<{tag} {name}={text}>")


def faults_of(answer: HttpResponse) -> list[str]:
    policy = answer.headers.get("Content-Security-Policy", "")
    faults = [] if "default-src 'none'" in policy else [f"policy {policy!r}"]
    if "unsafe" in policy or "*" in policy or "http" in policy:
        faults.append(f"policy {policy!r}")
    for name, value in {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}.items():
        if answer.headers.get(name) != value:
            faults.append(f"{name}: {answer.headers.get(name)}")
    if "html" in answer.headers.get("Content-Type", ""):
        markup = Markup()
        markup.feed(seen(answer) if hasattr(answer.wsgi_request, "_messages") else answer.content.decode())  # type: ignore[attr-defined]
        faults += markup.faults
    for name, cookie in answer.cookies.items():
        if not cookie["httponly"] and name != "csrftoken":
            faults.append(f"cookie {name} without HttpOnly")
        if cookie["samesite"] not in {"Lax", "Strict"}:
            faults.append(f"cookie {name} with SameSite {cookie['samesite']!r}")
    return faults


@pytest.mark.parametrize(("route", "call"), CALLED)
def test_an_answer_is_strict(world: World, route: Route, call: Call) -> None:
    """To who may, who may not, who is not logged in, and about what is not there."""
    for who in (world.outsider, world.viewer, None):
        for ids in (MINE, worlds.ids_from(worlds.NOBODYS)):
            with undone():
                assert faults_of(send(client_for(who, route), route, call, ids)) == []
    with undone():
        wrong = client_for(world.outsider, route).generic(
            "PROPFIND", address(route.path, filled(dict(call.path), MINE))
        )
    assert faults_of(wrong) == []


@pytest.mark.parametrize("url", [*(f"/{route.path}" for route in OPEN), *EXTRA])
def test_an_open_address_is_strict(db: None, url: str) -> None:
    client = Client(raise_request_exception=False)
    probe = url in {"/healthz", "/readyz"}  # which answer before everything, to machines
    for answer in (client.get(url), client.post(url, "{", content_type="application/json"), client.post(url, {"x": 1})):
        faults = faults_of(answer)
        assert faults == [] or probe, (url, faults)
        assert not probe or "json" in answer.headers["Content-Type"]


def _broken(request: Any) -> HttpResponse:
    raise RuntimeError("a mistake in the code, with a secret in it: hunter2")


class Broken:
    urlpatterns = (path("broken/", _broken), path("api/v1/broken/", _broken), *urls.urlpatterns)
    handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.mark.parametrize("url", ["/broken/", "/api/v1/broken/"])
def test_an_error_of_the_server_is_strict_and_tells_nothing(db: None, url: str) -> None:
    with override_settings(ROOT_URLCONF=Broken):
        answer = Client(raise_request_exception=False).get(url)
    assert answer.status_code == 500
    assert faults_of(answer) == []
    assert b"hunter2" not in answer.content and b"Traceback" not in answer.content


def test_a_host_that_is_not_ours_is_refused(db: None) -> None:
    answer = Client().get("/login/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert b"evil.example" not in answer.content
    assert faults_of(answer) == []


def test_a_form_without_its_token_is_refused(viewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    answer = client.post("/switch-customer/", {"customer": 1})
    assert answer.status_code == 403
    assert faults_of(answer) == []


@override_settings(
    SESSION_COOKIE_SECURE=True,
    CSRF_COOKIE_SECURE=True,
    SECURE_HSTS_SECONDS=31_536_000,
    SECURE_HSTS_INCLUDE_SUBDOMAINS=True,
)
def test_over_https_cookies_are_secure_and_the_browser_is_told_to_stay(viewer: User) -> None:
    client = Client()
    client.get("/login/", secure=True)
    answer = client.post("/login/", {"username": "viewer", "password": PASSWORD}, secure=True)
    assert answer.cookies["sessionid"]["secure"] and answer.cookies["sessionid"]["httponly"]
    assert all(cookie["secure"] for name, cookie in client.cookies.items() if name in {"sessionid", "csrftoken"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_login_gets_a_session_of_its_own(viewer: User) -> None:
    """So that an id which somebody else has planted before is worth nothing."""
    client = Client()
    client.get("/login/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/login/", {"username": "viewer", "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    assert Client(headers={"Cookie": f"sessionid={before}"}).get("/").status_code == 302


def test_an_upload_has_limits(world: World) -> None:
    client = client_for(world.outsider, Route("POST", "devices/run/", None))
    assert client.post("/devices/run/", {"x": "y" * (6 * 2**20)}).status_code in {400, 413}
    assert client.post("/devices/run/", {f"f{number}": "" for number in range(3000)}).status_code in {400, 413}
