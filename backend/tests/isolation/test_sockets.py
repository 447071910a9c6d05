"""Every socket, opened with another customer's ids, closes as if the thing did not exist."""

from __future__ import annotations

import json

import pytest
from channels.db import database_sync_to_async

from tests.architecture.routes import Route, every_route
from tests.isolation import world as worlds
from tests.isolation.calls import needles_in, plain
from tests.isolation.cases import CASES, Call
from tests.isolation.sockets import NOWHERE, THERE, foreign_sockets, said
from tests.isolation.world import World

SOCKETS = [route for route in every_route() if route.method == "WS"]
OPENED = [
    pytest.param(route, call, id=f"{route.key} {number}")
    for route in SOCKETS
    for number, call in enumerate(CASES.get(route.key, []))
]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return worlds.build()


@pytest.mark.parametrize("query", ["after=0", "format=html", "device=1&level=error"])
@pytest.mark.parametrize(("route", "call"), OPENED)
async def test_a_foreign_id_closes_like_one_that_nobody_has(world: World, route: Route, call: Call, query: str) -> None:
    assert await foreign_sockets(world.outsider, route, call, query) == []


@pytest.mark.parametrize(("route", "call"), OPENED)
async def test_a_key_of_one_customer_opens_nothing_of_the_users_other_one(
    world: World, route: Route, call: Call
) -> None:
    key = await database_sync_to_async(worlds.key_of_one_customer)(world, "read", "run", "write")
    assert await foreign_sockets(key, route, call, "after=0") == []


async def test_a_foreign_device_is_no_filter_of_ones_own_log(world: World) -> None:
    route = next(route for route in SOCKETS if route.path == "ws/jobs/<int:job_id>/")
    mine = Call({"job_id": worlds.ids_from(worlds.OWN)["ended_job"]})
    there, nowhere = [
        await said(world.outsider, route, mine, ids, f"device={ids['device']}") for ids in (THERE, NOWHERE)
    ]
    assert needles_in(there) == []
    assert plain(there, THERE) == plain(nowhere, NOWHERE)


@pytest.mark.parametrize(("route", "call"), OPENED)
async def test_without_login_it_closes_before_it_tells(world: World, route: Route, call: Call) -> None:
    foreign, nothing = await said(None, route, call, THERE), await said(None, route, call, NOWHERE)
    assert needles_in(foreign) == []
    assert plain(foreign, THERE) == plain(nothing, NOWHERE)
    assert foreign.endswith("closed 4401" if call.path else "closed 4404")


@pytest.mark.parametrize("kind", ["session", "ended_session"])
async def test_a_foreign_terminal_session_is_none_of_ones_own_device(world: World, kind: str) -> None:
    route = next(route for route in SOCKETS if route.path == "ws/devices/<int:device_id>/ssh/")
    mine = Call({"device_id": worlds.ids_from(worlds.OWN)["device"]})
    there, nowhere = [
        await said(world.outsider, route, mine, ids, f"session={ids[kind]}&watch=1") for ids in (THERE, NOWHERE)
    ]
    assert needles_in(there) == []
    assert plain(there, THERE) == plain(nowhere, NOWHERE)
    assert there.endswith("closed 4404")


async def test_the_owner_gets_the_lines(world: World) -> None:
    """So the silence of the others is about who asks. The job has ended: the socket closes by itself."""
    route = next(route for route in SOCKETS if route.path == "ws/jobs/<int:job_id>/")
    told = await said(world.owner, route, CASES[route.key][1], THERE, "after=0")
    assert "wrenlock line 2" in told
    assert json.loads(told.splitlines()[0])["type"] == "log"
    assert told.endswith("closed 1000")
