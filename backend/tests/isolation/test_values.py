"""Every filter, order and body field of every route, found by watching what the code reads, with foreign values."""

from __future__ import annotations

import re
from functools import partial

import pytest
from rest_framework.serializers import Serializer

import api.urls  # noqa: F401  every serializer of an endpoint is there to be counted
from api.fields import Nothing, StrictSerializer
from tests.architecture.routes import Route
from tests.isolation import bodies, checks
from tests.isolation import world as worlds
from tests.isolation.calls import client_for, undone
from tests.isolation.cases import CASES, Call
from tests.isolation.test_http import ROUTES
from tests.isolation.world import ADDRESS, NEEDLE, World

HTTP = {key: route for key, route in ROUTES.items() if key in CASES and not key.startswith("WS ")}
READ = [
    pytest.param(route, CASES[key], id=key)
    for key, route in HTTP.items()
    if route.method == "GET" and route.path != "styleguide/"  # which shows samples and reads no row
]
WRITTEN = [pytest.param(route, CASES[key], id=key) for key, route in HTTP.items() if route.method != "GET"]


TAKEN = re.compile(
    r"(POST|PATCH) api/v1/(users|ip-ranges)/\S* (0\.)?"
    rf"(username={NEEDLE}-user|email=u@{NEEDLE}\.example|cidr={re.escape(ADDRESS)}(/32)?): "
)
"""What cannot but tell that somebody has it: logins and mail addresses are unique over all customers, and ranges of two
do not overlap unless both are marked so. Only admins can ask, and are answered as about a colleague or a customer of
their own (`api/tests`): whose it is stays untold."""


@pytest.mark.parametrize(("route", "calls"), READ)
def test_a_foreign_value_of_a_filter_answers_like_one_that_nobody_has(
    world: World, route: Route, calls: list[Call]
) -> None:
    assert checks.foreign_values(partial(client_for, world.outsider, route), route, calls[:1]) == []


@pytest.mark.parametrize(("route", "calls"), WRITTEN)
def test_a_foreign_value_in_what_is_sent_answers_like_one_that_nobody_has(
    world: World, route: Route, calls: list[Call]
) -> None:
    log_in = partial(client_for, world.outsider, route)
    check = checks.foreign_bodies if checks.is_api(route) else checks.foreign_values
    before = worlds.state_of(world.customer)
    assert [fault for fault in check(log_in, route, calls) if not TAKEN.match(fault)] == []
    assert worlds.state_of(world.customer) == before


SEEN_ELSEWHERE: dict[str, str] = {
    "LoginInput": "public: it takes a name and a password",
    "RefreshInput": "public: it takes a token",
}
"""Serializers of input that no case reaches, and why."""


def test_every_field_of_every_input_is_reached(world: World) -> None:
    """A serializer that no case of cases.py brings to reading its body has fields that nobody tries."""
    reached: set[type[Serializer]] = set()
    for key, route in HTTP.items():
        for call in CASES[key]:
            read = checks.names_read(client_for(world.outsider, route), route, call)
            reached |= {type(serializer) for serializer, _ in read.serializers}
            if route.view is not None and (filterset := getattr(route.view, "filterset_class", None)):
                listed = filterset in read.filtersets
                assert not listed or set(filterset.base_filters) <= read.names, f"{key}: a filter that is never read"
    inputs = {one for one in _subclasses(StrictSerializer) if one.__module__.startswith("api.") and one is not Nothing}
    assert {one.__name__ for one in inputs - reached} - set(SEEN_ELSEWHERE) == set()


def _subclasses(parent: type) -> set[type]:
    return {parent for child in parent.__subclasses__() for parent in (child, *_subclasses(child))}


@pytest.mark.parametrize(("route", "calls"), WRITTEN)
def test_one_of_the_cases_works_with_ids_of_ones_own(world: World, route: Route, calls: list[Call]) -> None:
    """Else everything above would compare refusals that are about something else."""
    answers = []
    for call in calls:
        with undone():
            own = checks.replace(call, body=bodies.own(call))
            answers.append(checks.send(client_for(world.outsider, route), route, own, checks.MINE).status_code)
    # 409: the thing is there, but not in the state for it
    assert any(status < 400 or status == 409 for status in answers) or route.key in NEVER_WORKS, answers


CUSTOMER_WRITES = (("POST", ""), ("DELETE", "<int:pk>/"), ("POST", "bulk/"), ("POST", "bulk/delete/"))
NEVER_WORKS = {
    **dict.fromkeys(
        (f"{method} api/v1/customers/{rest}" for method, rest in CUSTOMER_WRITES),
        "for admins of all customers alone, as test_customers does",
    ),
    "POST api/v1/auth/logout/": "needs a token of its own, as test_auth does",
    "POST account/password/": "works once: then the password is another one; test_account does it",
    "POST account/second-factor/on/": "needs a code of the secret that it shows, as test_account does",
    "POST account/keys/<int:pk>/revoke/": "the caller's own keys alone, as test_account does; these are of others",
}
