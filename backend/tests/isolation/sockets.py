"""Opening a socket of the case table, and the check of what it says."""

from __future__ import annotations

from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from api.auth.tokens import pair_for
from tests.architecture.routes import Route
from tests.isolation.calls import address, filled, needles_in, plain
from tests.isolation.cases import Call
from tests.isolation.world import FOREIGN, NOBODYS, ids_from
from ui.consumers.routes import websocket_routes
from users.models import User

THERE, NOWHERE = ids_from(FOREIGN), ids_from(NOBODYS)
FRAMES_AT_MOST = 20


async def said(who: User | str | None, route: Route, call: Call, ids: dict[str, int], query: str = "") -> str:
    """All frames, and then the code that the socket closes with. `who` is a user, or the text of an API key."""
    headers = [(b"host", b"testserver")]
    if isinstance(who, User):
        token = (await database_sync_to_async(pair_for)(who))["access"]
        headers.append((b"authorization", f"Bearer {token}".encode()))
    elif who is not None:
        headers.append((b"authorization", f"Api-Key {who}".encode()))
    path = address(route.path, filled(dict(call.path), ids))
    socket = WebsocketCommunicator(URLRouter(websocket_routes), f"{path}?{query}", headers)
    socket.scope["client"] = ["127.0.0.1", 1]
    connected, code = await socket.connect()
    if not connected:
        return f"refused {code}"
    frames = []
    for _ in range(FRAMES_AT_MOST):
        event = await socket.receive_output(5)
        if event["type"] == "websocket.close":
            frames.append(f"closed {event['code']}")
            break
        frames.append(event["text"])
    await socket.disconnect()
    return "\n".join(frames)


async def foreign_sockets(who: User | str, route: Route, call: Call, query: str = "") -> list[str]:
    """What a socket of a foreign thing tells otherwise than one of nothing."""
    foreign, nothing = await said(who, route, call, THERE, query), await said(who, route, call, NOWHERE, query)
    faults = [f"{route.key}: shows {needle!r}" for needle in needles_in(foreign)]
    if plain(foreign, THERE) != plain(nothing, NOWHERE):
        faults.append(f"{route.key}: says {foreign[:200]!r}, for nothing {nothing[:200]!r}")
    if not foreign.endswith("closed 4404"):
        faults.append(f"{route.key}: does not close with 4404")
    return faults
