"""Making the calls of the case table, and comparing what they answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from api.auth.tokens import pair_for
from tests.architecture.routes import Route
from tests.isolation.cases import Call, Id
from tests.isolation.world import NEEDLES
from users.models import User

NOISE = (
    (re.compile(r'nonce="[^"]*"'), "nonce"),
    (re.compile(r"nonce-[A-Za-z0-9+/=_-]+"), "nonce"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "uuid"),
    (re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])"), "csrf token"),
    (re.compile(r"/jobs/\d+/"), "a new job"),
    (re.compile(r"/notifications/(deliveries/)?\d+/"), "a new notification"),
    (re.compile(r"whsec_[\w+/=]+"), "a new secret"),
    (re.compile(r"/imports/\d+/|\"id\":\d+(?=,\"customer\":[^,]*,\"kind\":\"devices\")"), "a new import"),
    (re.compile(r"\b[0-9a-f]{12}\.[\w-]{43}\b"), "a new key"),
    (re.compile(r'(?<="prefix":")[0-9a-f]{12}(?=")'), "a new key's prefix"),
    (re.compile(r"\b([A-Z2-7]{4} ?){8}\b"), "a new secret"),
    (re.compile(r"data:image/svg\+xml;base64,[\w+/=]+"), "its picture"),
    (re.compile(r"(\d{4}-\d\d-\d\d[T ])?\d\d:\d\d(:\d\d)?(\.\d+)?"), "a moment"),
    (re.compile(r"\b1[6-9]\d{8}\b"), "a moment"),  # in Unix time; no id is that large
    (re.compile(r'"requests";r=\d+;t=\d+'), "what is left of the limit"),
    # ages and moments of one's own rows move between two calls
    (re.compile(r"\bnow\b|\d+(\.\d+)? ?(s|ms|min|h)\b( \d+ (s|min))?( ago)?"), "age"),
)

SAVEPOINT = re.compile(r'"?s\d+_x\d+"?')


def filled(value: Any, ids: dict[str, int]) -> Any:
    """The value with every `Id` in it replaced."""
    if isinstance(value, Id):
        return ids[value.kind]
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids) for inner in value]
    return value


def address(path: str, given: dict[str, Any]) -> str:
    for name, value in given.items():
        path = re.sub(rf"<(\w+:)?{name}>", str(value), path)
    assert "<" not in path, f"the case does not fill {path}"
    return f"/{path}"


def ask(user: User | None, route: Route, call: Call, ids: dict[str, int], *, fragment: bool = False) -> HttpResponse:
    """One call with a fresh client: nothing of an earlier answer (messages, cookies) is in the next one."""
    return send(client_for(user, route), route, call, ids, fragment=fragment)


def client_for(user: User | None, route: Route) -> Client:
    """Logged in as the route's clients are: by token for the API, by session for pages."""
    client = Client(raise_request_exception=True)
    if user is None:
        return client
    if route.path.startswith("api/"):
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {pair_for(user)['access']}"
    else:
        client.force_login(User.objects.get(pk=user.pk))  # an earlier call may have ended the logins that were
    return client


def client_with_key(text: str) -> Client:
    """As another system calls the API."""
    client = Client(raise_request_exception=True)
    client.defaults["HTTP_AUTHORIZATION"] = f"Api-Key {text}"
    return client


def send(
    client: Client, route: Route, call: Call, ids: dict[str, int], *, fragment: bool = False, **more: str
) -> HttpResponse:
    """`more`: headers, as `If_Match="*"`."""
    url = address(route.path, filled(dict(call.path), ids))
    if call.query:
        url += "?" + urlencode(filled(dict(call.query), ids), doseq=True)
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    headers |= {"HX-Request": "true"} if fragment else {}
    if route.path.startswith("api/") or call.body is None:
        body = filled(call.body, ids) if call.body is not None else None
        if isinstance(body, str):  # a file
            return client.generic(route.method, url, body, "text/csv", headers=headers)
        kind = {"data": body, "content_type": "application/json"} if body is not None else {}
        return client.generic(route.method, url, headers=headers, **_json(kind))
    return client.post(url, filled(call.body, ids), headers=headers)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client reads, and the statements that the database was asked meanwhile: more of them take longer."""

    status: int
    text: str
    statements: tuple[str, ...]


def observed(client: Client, route: Route, call: Call, ids: dict[str, int], **how: Any) -> Answer:
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(SAVEPOINT.sub("a savepoint", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        response = send(client, route, call, ids, **how)
        text = seen(response)
    return Answer(response.status_code, text, tuple(statements))


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _json(kind: dict[str, Any]) -> dict[str, Any]:
    return {**kind, "data": json.dumps(kind["data"])} if kind else {}


def seen(response: HttpResponse) -> str:
    """All that a client can read: status, headers and body."""
    raw = _streamed(response) if response.streaming else response.content
    head = "\n".join(f"{name}: {value}" for name, value in sorted(response.items()) if name != "Content-Length")
    # a redirect's messages travel in a signed cookie
    told = "\n".join(str(message) for message in response.wsgi_request._messages._queued_messages)  # type: ignore[attr-defined]
    return f"{response.status_code}\n{head}\n{told}\n\n{raw.decode()}"


def _streamed(response: Any) -> bytes:
    async def parts() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    if not response.is_async:
        return b"".join(response.streaming_content)
    # read on the test's own thread: another one does not see the rows of the test's transaction
    with mock.patch("core.reading._on_a_thread", lambda call: sync_to_async(call, thread_sensitive=True)()):
        return async_to_sync(parts)()


def plain(text: str, ids: dict[str, int]) -> str:
    """The answer without what differs from call to call, and without the ids that were asked for."""
    for value in ids.values():
        text = text.replace(str(value), "an id")
    for pattern, word in NOISE:
        text = pattern.sub(word, text)
    return text


def needles_in(text: str) -> list[str]:
    lower = text.lower()
    return [needle for needle in NEEDLES if needle in lower]
