"""Every field of every body with what it cannot mean: refused by name, nothing broken, nothing written."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from rest_framework.serializers import Serializer

from tests.architecture.routes import PUBLIC, Route, every_route
from tests.isolation import bodies, checks, junk
from tests.isolation import world as worlds
from tests.isolation.calls import address, client_for, filled, send, undone
from tests.isolation.cases import CASES, Call
from tests.isolation.checks import MINE, is_api
from tests.isolation.test_values import WRITTEN
from tests.isolation.world import World

API = [param for param in WRITTEN if is_api(param.values[0])]  # type: ignore[arg-type]
PAGES = [param for param in WRITTEN if not is_api(param.values[0])]  # type: ignore[arg-type]
WITHOUT_BODY = {"GET", "HEAD", "DELETE"}
TAKES_FILES = {"api/v1/imports/"}
"""Whose bodies are forms and files: larger ones, and of other types."""

NOISY: dict[str, str] = {
    "sessions.Session": "a page keeps its messages there",
    "axes": "guesses at passwords are counted",
    "users.TokenFamily": "the logins of this test",
    "users.APIKey": "when a key was last used",
    "token_blacklist": "a refused token is a used one",
}
"""Tables that a refused request may write to, and why."""


def everything() -> list[tuple[Any, ...]]:
    """All that the database holds."""
    return [
        row
        for model in apps.get_models()
        if model._meta.label not in NOISY and model._meta.app_label not in NOISY and model._meta.managed
        for sql in worlds.selects_of(model)
        for row in worlds.read(sql, [])
    ]


class Sender:
    """Sends one changed body after another, and collects what is wrong with the answers."""

    def __init__(self, world: World, route: Route, call: Call) -> None:
        self.client = client_for(world.outsider, route)
        self.client.raise_request_exception = False
        self.route, self.call = route, call
        self.faults: list[str] = []

    def send(self, body: Any) -> HttpResponse:
        with undone():
            return send(self.client, self.route, replace(self.call, body=body), MINE)

    def refused(self, what: str, body: Any, names: str = "") -> None:
        """The answer is to be a problem document that names the field."""
        self._judge(what, send(self.client, self.route, replace(self.call, body=body), MINE), names)

    def _judge(self, what: str, answer: HttpResponse, names: str) -> None:
        if not 400 <= answer.status_code < 500:
            self.faults.append(f"{what}: {answer.status_code}")
            return
        document = problem_of(answer)
        fields = [error["field"] for row in [document, *document.get("rows", ())] for error in row.get("errors", ())]
        if names and answer.status_code == 400 and not any(_is_of(names, field) for field in fields):
            unreadable = not fields and ("UTF-8" in document["detail"] or "JSON" in document["detail"])
            if not unreadable:
                self.faults.append(f"{what}: names {fields}, not {names}")

    def survived(self, what: str, body: Any) -> None:
        answer = self.send(body)
        if answer.status_code >= 500:
            self.faults.append(f"{what}: {answer.status_code}")
        elif answer.status_code >= 400:
            problem_of(answer)


def _is_of(name: str, field: str) -> bool:
    """Whether an error's path is of the field: of it, of what it holds, or of it in a row of a list."""
    return name in {field, *field.split(".")} or field.startswith(f"{name}.")


def problem_of(answer: HttpResponse) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/problem+json", answer.content[:500]
    document: dict[str, Any] = json.loads(answer.content)
    assert document["status"] == answer.status_code
    assert document["detail"]
    return document


@pytest.mark.parametrize(("route", "calls"), API)
def test_a_field_refuses_what_it_cannot_mean(world: World, route: Route, calls: list[Call]) -> None:
    tried: set[str] = set()
    faults = []
    before = everything()
    for call in calls:
        body, sender = bodies.own(call), Sender(world, route, call)
        read = checks.names_read(client_for(world.outsider, route), route, call)
        for path, field in read.fields(body).items():
            name = bodies.words(path)
            if name in tried or isinstance(field, Serializer) or _is_elsewhere(path, call, calls):
                continue
            tried.add(name)
            must_refuse, anything = list(junk.refused_by(field)), junk.ANYTHING
            if _is_another_way(route):
                must_refuse, anything = must_refuse[-2:], ()
            for value in must_refuse:
                sender.refused(f"{name}={value!r:.60}", bodies.put(body, path, value), str(path[-1]))
            for value in anything:
                sender.survived(f"{name}={value!r:.60}", bodies.put(body, path, value))
        faults += sender.faults
    assert faults == []
    assert everything() == before, "what was refused has written something"


def _is_another_way(route: Route) -> bool:
    """Whether the body goes through the same fields as the one that makes a single thing, which is tried with all."""
    return hasattr(route.view, "input") and (route.method == "PATCH" or "/bulk/" in route.path)


def _is_elsewhere(path: bodies.Path, call: Call, calls: list[Call]) -> bool:
    return not bodies.has(call.body, path) and any(bodies.has(other.body, path) for other in calls)


@pytest.mark.parametrize(("route", "calls"), API)
def test_an_unknown_field_is_refused_by_name(world: World, route: Route, calls: list[Call]) -> None:
    if route.method in WITHOUT_BODY or route.path in TAKES_FILES:
        return
    sender = Sender(world, route, calls[0])
    body = bodies.own(calls[0])
    body = [{**body[0], "no_such_field": 1}] if isinstance(body, list) else {**(body or {}), "no_such_field": 1}
    sender.refused("an unknown field", body, "no_such_field")
    assert sender.faults == []


MALFORMED: list[tuple[str, bytes, str, int | None]] = [
    ("no JSON", b"{", "application/json", 400),
    ("two names alike", b'{"name": 1, "name": 2}', "application/json", 400),
    ("not a number", b'{"name": NaN}', "application/json", 400),
    ("infinite", b'{"name": -Infinity}', "application/json", 400),
    ("deep lists", b"[" * 100_000, "application/json", 400),
    ("deep objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "application/json", 400),
    ("no UTF-8", b'{"name": "\xff\xfe"}', "application/json", 400),
    ("half a character", b'{"name": "\\ud800"}', "application/json", 400),
    ("half a character as a name", b'{"\\ud800": 1}', "application/json", 400),
    ("a null byte", b'{"name": "\\u0000"}', "application/json", None),
    ("a number", b"5", "application/json", 400),
    ("a text", b'"x"', "application/json", 400),
    ("null", b"null", "application/json", 400),
    ("nulls", b"[null]", "application/json", None),
    ("six megabytes", b'{"name": "' + b"x" * (6 * 2**20) + b'"}', "application/json", 413),
    ("a number of many digits", b'{"name": ' + b"9" * 10_000 + b"}", "application/json", 400),
    ("XML", b"<a/>", "application/xml", 415),
    ("a form", b"name=x", "application/x-www-form-urlencoded", 415),
    ("text", b"{}", "text/plain", 415),
    ("no type", b"{}", "", None),
    ("a strange type", b'{"no_such_field": 1}', "application/json; charset=no-such", 400),
]
ENDPOINTS = [route for route in every_route() if is_api(route) and route.method not in {"WS", "GET", "ANY"}]


@pytest.mark.parametrize("route", [r for r in ENDPOINTS if r.key in CASES or r.path in PUBLIC], ids=lambda r: r.key)
def test_a_malformed_body_is_refused(world: World, route: Route) -> None:
    client = client_for(world.outsider, route)
    client.raise_request_exception = False
    paths = [call.path for call in CASES.get(route.key, [Call()])]
    url = address(route.path, filled(dict(paths[0]), MINE))
    before = everything()
    faults = []
    for what, body, kind, status in MALFORMED:
        answer = client.generic(route.method, url, body, content_type=kind)
        takes_none = route.method in WITHOUT_BODY or answer.status_code in {403, 404, 405, 409}
        if answer.status_code >= 500 or (answer.status_code < 400 and not takes_none):
            faults.append(f"{what}: {answer.status_code}")
        elif answer.status_code >= 400:
            problem_of(answer)
            if status not in {None, answer.status_code} and not takes_none and route.path not in TAKES_FILES:
                faults.append(f"{what}: {answer.status_code}, not {status}")
        if route.method in WITHOUT_BODY:
            break
    assert faults == []
    assert route.method in WITHOUT_BODY or everything() == before


FORM_JUNK = (
    "",
    "\x00",
    "a\x00b",
    "x" * 100_000,
    "-1",
    "9" * 60,
    "1.5",
    "NaN",
    "é\U0001f4a9",
    "\ufffe",
    "' OR 1=1",
    "[]",
)


@pytest.mark.parametrize(("route", "calls"), PAGES)
def test_no_form_breaks_a_page(world: World, route: Route, calls: list[Call]) -> None:
    """Each name with each, in the form and in the query alike."""
    client = client_for(world.outsider, route)
    client.raise_request_exception = False
    faults = []
    for call in calls:
        names = checks.names_read(client_for(world.outsider, route), route, call).names
        for name, value in product(sorted(names), FORM_JUNK):
            junk = replace(call, body={**(call.body or {}), name: value}, query={**call.query, name: value})
            with undone():
                status = send(client, route, junk, MINE, fragment=True).status_code
            faults += [f"{name}={value!r:.40}: {status}"] * (status >= 500)
    assert faults == []


@pytest.mark.parametrize(("route", "calls"), PAGES)
def test_no_body_breaks_a_page(world: World, route: Route, calls: list[Call]) -> None:
    client: Client = client_for(world.outsider, route)
    client.raise_request_exception = False
    url = address(route.path, filled(dict(calls[0].path), MINE))
    kinds = ("application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "")
    for kind in (*kinds, "application/x-www-form-urlencoded"):
        for body in (b"{", b"\xff\xfe%00=%", b"--x\r\nContent-Disposition: form-data", b"a=" + b"x" * (6 * 2**20)):
            with undone():
                assert client.generic("POST", url, body, content_type=kind).status_code < 500, (kind, body[:20])
