"""Static files in front of Django: a page asks for a dozen at once, and none needs a thread and middleware."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Response


class StaticFiles:
    """ASGI: answers what WhiteNoise knows, hands on everything else. The files are few and small."""

    def __init__(self, application: Any) -> None:
        self._application = application
        with suppress(OSError):  # WhiteNoise wants it to be there; a read-only image has it, full
            settings.STATIC_ROOT.mkdir(exist_ok=True)
        self._files = WhiteNoiseMiddleware(lambda request: None).files

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        found = self._files.get(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._application(scope, receive, send)
            return
        asked = {f"HTTP_{_text(name).upper().replace('-', '_')}": _text(value) for name, value in scope["headers"]}
        await _answer(found.get_response(scope["method"], asked), send)


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")


async def _answer(response: Response, send: Any) -> None:
    given = [*response.headers, ("X-Content-Type-Options", "nosniff")]  # as SecurityMiddleware does for pages
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given]
    body = b""
    if response.file is not None:
        with response.file as file:
            body = file.read()
    await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
