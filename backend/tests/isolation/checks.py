"""The checks as functions: each takes a caller who must not see the foreign customer, and returns what it found wrong.

Tests call them on the product, which must have no faults, and on the product with a leak planted, which must have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.test import Client
from rest_framework.serializers import Serializer

from api.fields import ObjectField
from tests.architecture.routes import Route
from tests.isolation import bodies
from tests.isolation import world as worlds
from tests.isolation.calls import Answer, client_for, needles_in, observed, plain, send, undone
from tests.isolation.cases import Call
from tests.isolation.reading import Read, watched
from tests.isolation.values import for_a_name, without
from tests.isolation.world import FOREIGN, NOBODYS, OWN, ids_from

THERE, NOWHERE, MINE = ids_from(FOREIGN), ids_from(NOBODYS), ids_from(OWN)
ASKED = (THERE, NOWHERE)
LogIn = Callable[[], Client]
"""A fresh client of the caller's: nothing of an earlier answer (messages, cookies) is in the next one."""
SORT = {True: "ordering", False: "sort"}
SORTED_BY = re.compile(r"[?&;]sort=-?(\w+)")


def is_api(route: Route) -> bool:
    return route.path.startswith("api/")


def difference(foreign: Answer, nobodys: Answer) -> list[str]:
    """How the answer to something foreign tells itself from the one to nothing, both without what was sent."""
    faults = [f"shows {needle!r}" for needle in needles_in(foreign.text)]
    if foreign.text != nobodys.text:
        faults.append(_first_difference(foreign.text, nobodys.text))
    if foreign.statements != nobodys.statements:
        faults.append(f"{len(foreign.statements)} statements, and for nothing {len(nobodys.statements)} or others")
    return faults


def _first_difference(there: str, nowhere: str) -> str:
    lines = zip(there.splitlines(), nowhere.splitlines(), strict=False)
    for one, other in lines:
        if one != other:
            at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
            return f"answers {one[max(0, at - 60) : at + 100]!r}, for nothing {other[max(0, at - 60) : at + 100]!r}"
    return "answers longer or shorter than for nothing"


def hidden_ids(answer: Answer, ids: dict[str, int]) -> Answer:
    return replace(answer, text=plain(answer.text, ids))


def foreign_ids(log_in: LogIn, route: Route, call: Call) -> list[str]:
    """The case with the foreign ids, and with ids that nobody has."""
    faults = []
    for fragment in (False,) if is_api(route) else (False, True):
        there, nowhere = (hidden_ids(observed(log_in(), route, call, ids, fragment=fragment), ids) for ids in ASKED)
        faults += difference(there, nowhere)
        if call.must_be_hidden and there.status != 404:
            faults.append(f"answers {there.status}, not 404")
    return [f"{route.key}: {fault}" for fault in faults]


def foreign_values(log_in: LogIn, route: Route, calls: Iterable[Call]) -> list[str]:
    """Each parameter and form field that the calls read, with each value of the foreign customer's."""
    faults: list[str] = []
    client, tried = log_in(), set[str]()
    for call in calls:
        names = names_read(log_in(), route, call).names - tried
        tried |= names
        for name in sorted(names):
            found = told_apart(name, partial(_with, client, route, call, name))
            faults += [f"{route.key} {name}={fault}" for fault in found]
    return faults


def told_apart(name: str, ask: Callable[[Any], Answer]) -> Iterator[str]:
    """The faults of what stands under the name, by value.

    A foreign value that is answered like any value that nobody has says nothing. Only where it is not, the value of the
    same form that nobody has is sent, too: that halves the requests.
    """
    nobodys: set[Answer] = set()
    for pair in for_a_name(name):
        there = _hidden(ask(pair.foreign), pair.foreign)
        if there not in nobodys:
            nowhere = _hidden(ask(pair.nobodys), pair.nobodys)
            nobodys.add(nowhere)
            yield from (f"{pair.foreign}: {fault}" for fault in difference(there, nowhere))


def names_read(client: Client, route: Route, call: Call) -> Read:
    """What the code asks of the request when the caller calls it with ids of its own."""
    with watched() as read, undone():
        send(client, route, call, MINE)
        if not is_api(route):
            send(client, route, call, MINE, fragment=True)
    return read


def _with(client: Client, route: Route, call: Call, name: str, value: Any) -> Answer:
    """The caller's own call with this value, in the query, and in the form where there is one."""
    query = {**call.query, name: value}
    body = {**call.body, name: value} if isinstance(call.body, dict) and not is_api(route) else call.body
    with undone():
        # the table alone: the frame around it reads nothing of the query, and takes most of the time
        answer = observed(client, route, replace(call, query=query, body=body), MINE, fragment=not is_api(route))
    client.cookies.pop("messages", None)  # of this answer, which would stand in the next one
    return answer


def _hidden(answer: Answer, value: str | int) -> Answer:
    return replace(answer, text=without(plain(answer.text, {}), value))


def foreign_bodies(log_in: LogIn, route: Route, calls: Sequence[Call]) -> list[str]:
    """Each field of the JSON bodies that the calls read, with each value of the foreign customer's."""
    faults: list[str] = []
    client, tried = log_in(), set[str]()
    for call in calls:
        body = bodies.own(call)
        for path, name, value_of in list(body_places(names_read(log_in(), route, call), body)):
            left_to_another = not bodies.has(body, path) and any(bodies.has(other.body, path) for other in calls)
            if name in tried or left_to_another:
                continue
            tried.add(name)
            found = told_apart(name, partial(_with_at, client, route, replace(call, body=body), path, value_of))
            faults += [f"{route.key} {name}={fault}" for fault in found]
    return faults


def body_places(read: Read, body: Any) -> Iterator[tuple[bodies.Path, str, Callable[[Any], Any]]]:
    """Where a value can stand in the body, in words, and the value as it stands there.

    In an object that no serializer describes it can stand under each name that is read.
    """
    for path, field in read.fields(body).items():
        words = bodies.words(path)
        if isinstance(field, ObjectField):
            yield from ((path, f"{words}.{name}", partial(_entry, name)) for name in sorted(read.names) or ["name"])
        elif not isinstance(field, Serializer):
            yield path, words, partial(bodies.shaped, field)
    if isinstance(body, list) and "id" in body[0]:
        yield (0, "id"), "0.id", lambda value: value  # which row is meant, read by no serializer


def _entry(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def _with_at(
    client: Client, route: Route, call: Call, path: bodies.Path, value_of: Callable[[Any], Any], value: Any
) -> Answer:
    """The call with this value at the path of its body."""
    with undone():
        answer = observed(client, route, replace(call, body=bodies.put(call.body, path, value_of(value))), MINE)
    return Answer(answer.status, NEW_IDS.sub("a_new_id", answer.text), answer.statements)


NEW_IDS = re.compile(r'(?<="id":)\d+|(?<=/)\d+(?=/)|(?<=ETag: ).*')
"""A row that the call makes has another id each time; its word has no space, as a random secret may hold `/7/`."""


def sort_names(client: Client, route: Route, call: Call) -> set[str]:
    """By what a list can be ordered: an endpoint says so, a page offers links."""
    if is_api(route):
        return set(getattr(route.view, "order_by", {}))
    response = send(client, route, call, MINE)
    return set(SORTED_BY.findall(response.content.decode())) if not response.streaming else set()


def alone() -> worlds.Half:
    """The users, with two customers of their own, while there is no foreign one."""
    half = worlds.own_half()
    half[0].customers.add(worlds.furnish(ids_from(worlds.MORE), "simple", "198.51.100.18"))
    return half


def dependence(half: worlds.Half, route: Route, call: Call) -> list[str]:
    """What the caller reads of its own, in every order, that is otherwise without a foreign customer, or with one of
    another name. `half`: from `alone`."""
    log_in = partial(client_for, half[0], route)
    names = sort_names(log_in(), route, call)
    alone = _everything_shown(log_in, route, call, names)
    world = worlds.add_foreign(*half)
    beside = _everything_shown(log_in, route, call, names)
    worlds.rename(world.customer, "aaa")
    renamed = _everything_shown(log_in, route, call, names)
    return [
        f"{route.key} {query}: {_first_difference(other[query], text)}"
        for other in (beside, renamed)
        for query, text in alone.items()
        if other[query] != text
    ]


def _everything_shown(log_in: LogIn, route: Route, call: Call, names: Iterable[str]) -> dict[str, str]:
    queries = [{}, *({SORT[is_api(route)]: f"{sign}{name}"} for name in sorted(names) for sign in ("", "-"))]
    shown = {}
    client = log_in()
    for query in queries:
        with undone():
            answer = observed(client, route, replace(call, query={**call.query, **query}), MINE)
        shown[str(query)] = plain(answer.text, {})
    return shown
