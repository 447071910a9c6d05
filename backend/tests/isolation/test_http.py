"""Every page and endpoint, called with another customer's ids, answers as if the thing did not exist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.architecture.routes import PUBLIC, Route, every_route
from tests.architecture.test_models import models_of_a_customer
from tests.isolation import world as worlds
from tests.isolation.calls import ask, client_for, needles_in, plain, seen, send
from tests.isolation.cases import CASES, Call
from tests.isolation.junk import HUGE
from tests.isolation.unscoped import take_both_walls_away
from tests.isolation.world import FOREIGN, NOBODYS, OWN, World, ids_from
from users.models import User
from users.permissions import ROLE_PERMISSIONS

ROUTES = {route.key: route for route in every_route() if route.path not in PUBLIC}
THERE, NOWHERE = ids_from(FOREIGN), ids_from(NOBODYS)
EVERY_CALL = [
    pytest.param(ROUTES[key], call, id=f"{key} {number}")
    for key, calls in CASES.items()
    for number, call in enumerate(calls)
    if key in ROUTES and not key.startswith("WS ")
]


def test_every_route_has_a_case() -> None:
    """A new route needs a line in cases.py: how to call it with another customer's ids."""
    assert sorted(set(ROUTES) - set(CASES)) == []
    assert sorted(set(CASES) - set(ROUTES)) == [], "these cases are of no route any more"


def test_a_path_with_an_id_is_called_with_a_foreign_one() -> None:
    for key, route in ROUTES.items():
        if "<" in route.path:
            assert any(call.must_be_hidden for call in CASES[key]), key


@pytest.mark.parametrize(("route", "call"), EVERY_CALL)
def test_a_foreign_id_answers_like_one_that_nobody_has(world: World, route: Route, call: Call) -> None:
    before = worlds.state_of(world.customer)
    for fragment in (False,) if route.path.startswith("api/") else (False, True):
        foreign = seen(ask(world.outsider, route, call, THERE, fragment=fragment))
        nothing = seen(ask(world.outsider, route, call, NOWHERE, fragment=fragment))
        assert needles_in(foreign) == []
        assert plain(foreign, THERE) == plain(nothing, NOWHERE)
        assert not call.must_be_hidden or foreign.startswith("404")
    assert worlds.state_of(world.customer) == before


@pytest.mark.parametrize(("route", "call"), [one for one in EVERY_CALL if "<int:" in one.values[0].path])
def test_an_id_that_no_row_can_have_is_not_found(world: World, route: Route, call: Call) -> None:
    for name in call.path:  # each beside ids of one's own
        answer = seen(ask(world.outsider, route, replace(call, path={**call.path, name: HUGE}), ids_from(OWN)))
        assert not answer.startswith("5"), name
        assert not call.must_be_hidden or answer.startswith("404"), name


@pytest.mark.parametrize(("route", "call"), EVERY_CALL)
def test_the_call_reaches_what_it_names(world: World, route: Route, call: Call) -> None:
    """Asked by who owns the rows it works: so the 404 of the others is about who asks."""
    answer = ask(world.owner, route, call, THERE)
    assert answer.status_code in call.owner, answer.content[:2000]


@pytest.mark.parametrize(("route", "call"), EVERY_CALL)
def test_nobody_gets_a_thing_without_login(world: World, route: Route, call: Call) -> None:
    refusal = "401" if route.path.startswith("api/") else "302"
    still_logged_in = client_for(world.owner, route)
    User.objects.filter(pk=world.owner.pk).update(is_active=False)
    before = worlds.state_of(world.customer)
    foreign, nothing = (seen(ask(None, route, call, ids)) for ids in (THERE, NOWHERE))
    inactive = seen(send(still_logged_in, route, call, THERE))
    assert {foreign[:3], inactive[:3]} == {refusal}
    assert needles_in(foreign) == needles_in(inactive) == []
    assert plain(foreign, THERE) == plain(nothing, NOWHERE)
    assert worlds.state_of(world.customer) == before


@pytest.mark.parametrize(("route", "call"), EVERY_CALL)
def test_who_has_lost_the_customer_sees_nothing_of_it(world: World, route: Route, call: Call) -> None:
    still_logged_in = client_for(world.owner, route)
    world.owner.customers.clear()
    # the user's own name stands in the frame of every page
    User.objects.filter(pk=world.owner.pk).update(username="x", first_name="", last_name="", email="")
    answer = seen(send(still_logged_in, route, call, THERE))
    if call.of_oneself:
        return
    assert needles_in(answer) == []
    assert not call.must_be_hidden or answer.startswith("404")


ABOVE_VIEWER = [
    param
    for param in EVERY_CALL
    if param.values[0].permission not in ROLE_PERMISSIONS["viewer"]  # type: ignore[union-attr]
]


@pytest.mark.parametrize(("route", "call"), ABOVE_VIEWER)
def test_a_viewer_is_refused_whatever_the_id(world: World, route: Route, call: Call) -> None:
    before = worlds.state_of(world.customer)
    answers = [plain(seen(ask(world.viewer, route, call, ids)), ids) for ids in (THERE, NOWHERE, ids_from(worlds.OWN))]
    assert {answer[:3] for answer in answers} == {"403"}
    assert answers[0] == answers[1] == answers[2]
    assert needles_in(answers[0]) == []
    assert worlds.state_of(world.customer) == before


CHANGING = [param for param in EVERY_CALL if param.values[0].method == "POST" and not param.values[1].of_oneself]  # type: ignore[union-attr]


@pytest.mark.parametrize(("route", "call"), CHANGING)
def test_a_viewer_changes_nothing_of_its_own(world: World, route: Route, call: Call) -> None:
    own = ids_from(worlds.OWN)
    mine = world.viewer.customers.get()
    before = worlds.state_of(mine)
    ask(world.viewer, route, call, own)
    assert worlds.state_of(mine) == before


BARE: dict[str, str] = {
    "devices.Device.platform": "a word of ours",
    "jobs.Schedule.platform": "a word of ours",
    "jobs.Schedule.cron": "fields of numbers",
    "jobs.Schedule.time_zone": "a name of the time zones'",
    "users.User.password": "a hash",
    "jobs.JobTarget.error_code": "a word of ours",
    "jobs.JobTarget.error_text": "empty for a target that has not failed",
}
"""Texts without the needle, and why."""


def test_the_foreign_customer_is_furnished(world: World) -> None:
    """Each model has a row, and each free text the needle: else a leak of that field would go unseen."""
    for label in worlds.OF_A_CUSTOMER:
        rows = [row for row in worlds.rows_of(world.customer, label) if row != world.between]
        assert rows, f"furnish a {label}"
        texts = {(name, str(text)) for row in rows for name, text in worlds.texts_of(row).items() if name not in BARE}
        assert [(name, text) for name, text in texts if not needles_in(text)] == []


def test_every_model_of_a_customer_is_furnished() -> None:
    assert {model._meta.label for model in models_of_a_customer()} <= set(worlds.OF_A_CUSTOMER)


def _tells(route: Route, call: Call) -> bool:
    """Whether the call shows rows: of one thing, or a whole list."""
    whole_list = route.method == "GET" and not call.path and not call.query
    return not call.of_oneself and (call.must_be_hidden or (whole_list and route.path != "snapshots/diff/"))


@pytest.mark.parametrize(("route", "call"), [param for param in EVERY_CALL if _tells(*param.values)])  # type: ignore[arg-type]
def test_a_leak_would_be_found(world: World, route: Route, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both walls gone the call answers otherwise: so this suite can tell a leak from none."""
    take_both_walls_away(monkeypatch)
    foreign = seen(ask(world.outsider, route, call, THERE))
    nothing = seen(ask(world.outsider, route, call, NOWHERE))
    assert needles_in(foreign) or plain(foreign, THERE) != plain(nothing, NOWHERE)
