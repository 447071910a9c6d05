"""Every socket, opened with another customer's ids, closes as if the thing did not exist."""

from __future__ import annotations

import json

import pytest
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from api.auth.tokens import pair_for
from tests.architecture.routes import Route, every_route
from tests.isolation import world as worlds
from tests.isolation.calls import address, filled, needles_in, plain
from tests.isolation.cases import CASES, Call
from tests.isolation.world import FOREIGN, NOBODYS, World, ids_from
from ui.consumers.routes import websocket_routes
from users.models import User

SOCKETS = [route for route in every_route() if route.method == "WS"]
THERE, NOWHERE = ids_from(FOREIGN), ids_from(NOBODYS)
OPENED = [
    pytest.param(route, call, id=f"{route.key} {number}")
    for route in SOCKETS
    for number, call in enumerate(CASES.get(route.key, []))
]
FRAMES_AT_MOST = 20

pytestmark = pytest.mark.django_db(transaction=True)


async def said(user: User | None, route: Route, call: Call, ids: dict[str, int], query: str = "") -> str:
    """All frames, and then the code that the socket closes with."""
    headers = [(b"host", b"testserver")]
    if user is not None:
        token = (await database_sync_to_async(pair_for)(user))["access"]
        headers.append((b"authorization", f"Bearer {token}".encode()))
    path = address(route.path, filled(dict(call.path), ids))
    socket = WebsocketCommunicator(URLRouter(websocket_routes), f"{path}?{query}", headers)
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


@pytest.fixture
def world(transactional_db: None) -> World:
    return worlds.build()


@pytest.mark.parametrize("query", ["after=0", "format=html", "device=1&level=error"])
@pytest.mark.parametrize(("route", "call"), OPENED)
async def test_a_foreign_id_closes_like_one_that_nobody_has(world: World, route: Route, call: Call, query: str) -> None:
    foreign = await said(world.outsider, route, call, THERE, query)
    nothing = await said(world.outsider, route, call, NOWHERE, query)
    assert needles_in(foreign) == []
    assert plain(foreign, THERE) == plain(nothing, NOWHERE)
    assert foreign.endswith("closed 4404")


@pytest.mark.parametrize(("route", "call"), OPENED)
async def test_without_login_it_closes_before_it_tells(world: World, route: Route, call: Call) -> None:
    foreign, nothing = await said(None, route, call, THERE), await said(None, route, call, NOWHERE)
    assert needles_in(foreign) == []
    assert plain(foreign, THERE) == plain(nothing, NOWHERE)
    assert foreign.endswith("closed 4401" if call.path else "closed 4404")


async def test_the_owner_gets_the_lines(world: World) -> None:
    """So the silence of the others is about who asks. The job has ended: the socket closes by itself."""
    route = next(route for route in SOCKETS if route.path == "ws/jobs/<int:job_id>/")
    told = await said(world.owner, route, CASES[route.key][1], THERE, "after=0")
    assert "wrenlock line 2" in told
    assert json.loads(told.splitlines()[0])["type"] == "log"
    assert told.endswith("closed 1000")
