"""Static files come from in front of Django, with what keeps browsers from asking again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.conf import settings

from webnet.static import StaticFiles

CSS = "/static/css/webnet.css"
Answer = tuple[int, dict[str, str], bytes]


async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"what lies behind"})


def ask(path: str, *, method: str = "GET", **headers: str) -> Answer:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": given}
    asyncio.run(StaticFiles(elsewhere)(scope, None, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]


def test_file_is_answered_whole() -> None:
    status, headers, body = ask(CSS)
    assert status == 200
    assert body == (settings.STATICFILES_DIRS[0] / "css/webnet.css").read_bytes()
    assert headers["content-type"].startswith("text/css")
    assert headers["x-content-type-options"] == "nosniff"
    assert "max-age" in headers["cache-control"]


def test_file_that_the_browser_has_is_not_sent_again() -> None:
    _, headers, _ = ask(CSS)
    status, _, body = ask(CSS, if_none_match=headers["etag"])
    assert (status, body) == (304, b"")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405)])
def test_other_methods(method: str, status: int) -> None:
    answer, _, body = ask(CSS, method=method)
    assert (answer, body) == (status, b"")


@pytest.mark.parametrize("path", ["/static/none.css", "/static/../backend/manage.py", "/static/", "/"])
def test_anything_else_is_handed_on(path: str) -> None:
    assert (ask(path))[0] == 418
