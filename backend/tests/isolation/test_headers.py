"""What headers, methods, keys, tags and cursors could tell of another customer's rows, or give of another's answers."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.architecture.routes import Route
from tests.isolation import checks
from tests.isolation import world as worlds
from tests.isolation.calls import Answer, client_for, client_with_key, needles_in, observed, plain, send, undone
from tests.isolation.cases import CASES, Call
from tests.isolation.checks import NOWHERE, THERE, is_api
from tests.isolation.test_http import EVERY_CALL, ROUTES
from tests.isolation.world import World
from users.enums import Scope
from users.permissions import SCOPE_PERMISSIONS

API = [param for param in EVERY_CALL if is_api(param.values[0])]  # type: ignore[arg-type]
API_READ = [param for param in API if param.values[0].method == "GET"]  # type: ignore[union-attr]
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


def compared(there: Answer, nowhere: Answer) -> list[str]:
    return checks.difference(checks.hidden_ids(there, THERE), checks.hidden_ids(nowhere, NOWHERE))


CALLED = {key: route for key, route in ROUTES.items() if key in CASES}


@pytest.mark.parametrize("path", sorted({r.path for r in CALLED.values() if r.method != "WS" and "<" in r.path}))
def test_any_other_method_tells_nothing(world: World, path: str) -> None:
    key = next(key for key, route in CALLED.items() if route.path == path)
    call = Call(CASES[key][0].path)
    for method in METHODS:
        if f"{method} {path}" in ROUTES:
            continue
        route = Route(method, path, None)
        before = worlds.state_of(world.customer)
        there, nowhere = (observed(client_for(world.outsider, route), route, call, ids) for ids in (THERE, NOWHERE))
        assert compared(there, nowhere) == [], method
        assert there.status in ({404, 405} if method == "HEAD" else {405}) or not is_api(route), method
        assert worlds.state_of(world.customer) == before


@pytest.mark.parametrize(("route", "call"), [param for param in API if param.values[0].method == "POST"])  # type: ignore[union-attr]
def test_another_users_idempotency_key_gives_nothing_of_its_answer(world: World, route: Route, call: Call) -> None:
    send(client_for(world.owner, route), route, call, THERE, Idempotency_Key="the-same")
    outsider = partial(client_for, world.outsider, route)
    there = observed(outsider(), route, call, THERE, Idempotency_Key="the-same")
    nowhere = observed(outsider(), route, call, NOWHERE, Idempotency_Key="another")
    assert compared(there, nowhere) == []


@pytest.mark.parametrize(("route", "call"), [param for param in API if param.values[0].method == "POST"])  # type: ignore[union-attr]
def test_a_keys_answer_is_not_given_to_a_narrower_key(world: World, route: Route, call: Call) -> None:
    """Of one and the same user: the login sees both customers, the key only one of them."""
    narrow = worlds.key_of_one_customer(world, "read", "run", "write")
    send(client_for(world.between, route), route, call, THERE, Idempotency_Key="the-same")
    there = observed(client_with_key(narrow), route, call, THERE, Idempotency_Key="the-same")
    nowhere = observed(client_with_key(narrow), route, call, NOWHERE, Idempotency_Key="another")
    assert [
        fault for fault in compared(there, nowhere) if "statements" not in fault
    ] == []  # the key's first use is noted


@pytest.mark.parametrize(("route", "call"), [param for param in API if param.values[1].must_be_hidden])  # type: ignore[union-attr]
def test_the_tag_of_a_foreign_thing_is_no_key_to_it(world: World, route: Route, call: Call) -> None:
    detail = Route("GET", route.path, None)
    tag = send(client_for(world.owner, detail), detail, Call(call.path), THERE).headers.get("ETag", '"none"')
    for headers in ({"If_Match": tag}, {"If_None_Match": tag}, {"If_Match": "*"}, {"If_None_Match": "*"}):
        there, nowhere = (
            observed(client_for(world.outsider, route), route, call, ids, **headers) for ids in (THERE, NOWHERE)
        )
        assert compared(there, nowhere) == [], headers
        assert there.status == 404, headers


REACHED_FOR = (
    "password", "credential", "credential.password", "customer.users", "customer__name", "site__customer__name",
    "key_hash", "devices", "user.email", "requested_by.password", "_state", "pk", "__class__", "*",
)  # fmt: skip


@pytest.mark.parametrize(("route", "call"), API_READ)
def test_sparse_fields_give_nothing_that_the_whole_has_not(world: World, route: Route, call: Call) -> None:
    mine = partial(observed, client_for(world.outsider, route), route)
    whole = mine(Call(call.path), checks.MINE)
    for name in REACHED_FOR:
        answer = mine(Call(call.path, {"fields": name}), checks.MINE)
        is_the_whole = plain(answer.text, {}) == plain(whole.text, {})
        # as JSON, or as a column of a file
        in_whole = f'"{name}":' in whole.text or re.search(
            rf"^(.*,)?{re.escape(name)}(,.*)?\r?$", whole.text, re.MULTILINE
        )
        assert answer.status == 400 or is_the_whole or in_whole, f"{name}: {answer.text}"
        assert needles_in(answer.text) == []


NO_LISTS = (
    "<int:pk>/", "/export/", "/logs/", "/outputs/<int:output>/", "/output-groups/", "/recording/", "/way/",
)  # fmt: skip
LISTS = [
    route
    for route in CALLED.values()
    if route.method == "GET" and getattr(route.view, "order_by", {}) and not route.path.endswith(NO_LISTS)
]


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.key)
def test_another_users_cursor_shows_ones_own_rows_alone(world: World, route: Route) -> None:
    call = CASES[route.key][0]
    own = _rows(send(client_for(world.outsider, route), route, call, checks.MINE).json())
    for query in ({"pagination": "cursor", "page_size": 1, "ordering": name} for name in route.view.order_by):
        first = send(client_for(world.between, route), route, Call(call.path, query), checks.MINE).json()
        if not first.get("next"):
            continue
        cursor = parse_qs(urlsplit(first["next"]).query)["cursor"][0]
        later = send(
            client_for(world.outsider, route), route, Call(call.path, {**query, "cursor": cursor}), checks.MINE
        )
        assert later.status_code == 200, later.content
        assert needles_in(later.content.decode()) == []
        assert _rows(later.json()) <= own


def _rows(answer: dict[str, Any]) -> set[int]:
    return {row["id"] for row in answer["results"]}


@pytest.mark.parametrize(("route", "call"), API)
def test_a_key_of_one_customer_sees_the_users_other_one_as_foreign(world: World, route: Route, call: Call) -> None:
    key = worlds.key_of_one_customer(world, "read", "run", "write")
    send(client_with_key(key), ROUTES["GET api/v1/auth/me/"], Call(), THERE)  # its first use is noted, which shows
    before = worlds.state_of(world.customer)
    assert checks.foreign_ids(partial(client_with_key, key), route, call) == []
    assert worlds.state_of(world.customer) == before


ABOVE_READ = [
    param
    for param in API
    if param.values[0].permission not in SCOPE_PERMISSIONS[Scope.READ]  # type: ignore[union-attr]
]


@pytest.mark.parametrize(("route", "call"), ABOVE_READ)
def test_a_key_for_reading_does_no_more_whatever_the_id(world: World, route: Route, call: Call) -> None:
    key = worlds.key_of_one_customer(world, "read")
    with undone():
        answers = [observed(client_with_key(key), route, call, ids) for ids in (THERE, NOWHERE, checks.MINE)]
    assert {answer.status for answer in answers} == {403}
    assert len({plain(a.text, ids) for a, ids in zip(answers, (THERE, NOWHERE, checks.MINE), strict=True)}) == 1
