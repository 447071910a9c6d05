"""An open socket closes by itself soon after its login has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from ui.consumers import guard
from ui.tests.sockets import Daphne, close_code, frames, open_socket, session_headers, write_lines
from users.keys import create_key, revoke_key, update_key
from users.logins import states_of
from users.models import APIKey, User
from users.tokens import TokenRefused, exchange, log_out, pair_for

SOON_S = 3.0
"""The guard looks every second; the rest is for a busy machine."""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def server(transactional_db: None) -> Iterator[int]:
    yield Daphne.start()
    Daphne.wait_until_nobody_watches()


@pytest.fixture
def job(make_job: Callable[..., Job], operator: User, device: Device) -> Job:
    return make_job(operator, [device])


def closes(socket: Any, end: Callable[[], object]) -> int:
    """The code that the socket closes with after `end`, until which it was open."""
    next(frame for frame in frames(socket) if frame["type"] == "status")
    end()
    started = time.monotonic()
    _, code = close_code(socket)
    assert time.monotonic() - started < SOON_S
    return code


def key_of(user: User, **fields: Any) -> tuple[APIKey, dict[str, str]]:
    key, text = create_key(actor=user, user=user, **{"name": "k", "scopes": ["read"], **fields})
    return key, {"Authorization": f"Api-Key {text}"}


KEY_ENDS: dict[str, tuple[int, Callable[[User, APIKey], object]]] = {
    "revoked": (4401, lambda user, key: revoke_key(actor=user, key=key)),
    "expired": (4401, lambda user, key: APIKey.objects.update(expires_at=timezone.now() + timedelta(seconds=0.1))),
    "gone": (4401, lambda user, key: key.delete()),
    "another network": (4401, lambda user, key: update_key(actor=user, key=key, source_networks=["192.0.2.0/24"])),
    "no scope": (4403, lambda user, key: APIKey.objects.update(scopes=[])),
    "no customer": (4404, lambda user, key: APIKey.objects.update(all_customers=False)),
    "customer closed": (4404, lambda user, key: Customer.objects.update(api_networks=["192.0.2.0/24"])),
}


@pytest.mark.parametrize(("code", "end"), KEY_ENDS.values(), ids=KEY_ENDS.keys())
def test_a_key_that_ends_closes_its_socket(
    job: Job, viewer: User, code: int, end: Callable[[User, APIKey], object]
) -> None:
    key, headers = key_of(viewer)
    with open_socket(job.pk, **headers) as socket:
        assert closes(socket, lambda: end(viewer, key)) == code
    with open_socket(job.pk, **headers) as socket:
        assert close_code(socket)[1] == code


def test_a_key_is_no_token_and_does_not_come_in_the_address(job: Job, viewer: User) -> None:
    text = key_of(viewer)[1]["Authorization"].partition(" ")[2]
    for query, headers in ((f"?token={text}", {}), ("", {"Authorization": f"Bearer {text}"})):
        with open_socket(job.pk, query, **headers) as socket:
            assert close_code(socket)[1] == 4401


def use_twice(refresh: str) -> None:
    exchange(refresh)
    with pytest.raises(TokenRefused):
        exchange(refresh)


TOKEN_ENDS: dict[str, Callable[[User, str], object]] = {
    "logged out": lambda user, refresh: log_out(actor=user, raw=refresh),
    "refresh token used twice": lambda user, refresh: use_twice(refresh),
    "user inactive": lambda user, refresh: User.objects.filter(pk=user.pk).update(is_active=False),
    "logins ended": lambda user, refresh: User.objects.filter(pk=user.pk).update(logins_ended=1),
}


@pytest.mark.parametrize("end", TOKEN_ENDS.values(), ids=TOKEN_ENDS.keys())
def test_a_token_that_ends_closes_its_socket(job: Job, viewer: User, end: Callable[[User, str], object]) -> None:
    pair = pair_for(viewer)
    with open_socket(job.pk, Authorization=f"Bearer {pair['access']}") as socket:
        assert closes(socket, lambda: end(viewer, pair["refresh"])) == 4401


def test_a_token_that_expires_closes_its_socket(job: Job, viewer: User) -> None:
    token = AccessToken(pair_for(viewer)["access"])  # type: ignore[arg-type]
    token.set_exp(lifetime=timedelta(seconds=2))
    with open_socket(job.pk, f"?token={token}") as socket:
        assert closes(socket, lambda: None) == 4401


SESSION_ENDS: dict[str, tuple[int, Callable[[User], object]]] = {
    "logged out": (4401, lambda user: Session.objects.all().delete()),
    "session expired": (4401, lambda user: Session.objects.update(expire_date=timezone.now())),
    "user inactive": (4401, lambda user: User.objects.filter(pk=user.pk).update(is_active=False)),
    "password changed": (4401, lambda user: User.objects.filter(pk=user.pk).update(password="!")),
    "customer lost": (4404, lambda user: user.customers.clear()),
}


@pytest.mark.parametrize(("code", "end"), SESSION_ENDS.values(), ids=SESSION_ENDS.keys())
def test_a_login_session_that_ends_closes_its_socket(
    job: Job, viewer: User, server: int, code: int, end: Callable[[User], object]
) -> None:
    with open_socket(job.pk, **session_headers(viewer, server)) as socket:
        assert closes(socket, lambda: end(viewer)) == code


def test_who_changes_nothing_stays(job: Job, viewer: User, operator: User) -> None:
    """Whatever ends for others: their sockets alone close."""
    _, headers = key_of(viewer)
    other, other_headers = key_of(operator)
    with open_socket(job.pk, "?after=1", **headers) as socket, open_socket(job.pk, **other_headers) as closing:
        assert closes(closing, lambda: revoke_key(actor=operator, key=other)) == 4401
        write_lines(job, "still here")
        lines = next(frame for frame in frames(socket) if frame["type"] == "log")["lines"]
        assert [line["text"] for line in lines] == ["still here"]


def test_one_look_for_all_sockets(
    job: Job, viewer: User, operator: User, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    looks: list[Any] = []

    def counted(logins: list[Any]) -> Any:
        looks.append(logins)
        return states_of(logins)

    monkeypatch.setattr(guard, "states_of", counted)
    monkeypatch.setattr(guard, "LOOK_EVERY_S", 0.1)
    headers = [key_of(viewer)[1], {"Authorization": f"Bearer {pair_for(operator)['access']}"}]
    with ExitStack() as stack:
        sockets = [stack.enter_context(open_socket(job.pk, **headers[number % 2])) for number in range(8)]
        for socket in sockets:
            next(frame for frame in frames(socket) if frame["type"] == "status")
        deadline = time.monotonic() + 10
        while not (looks and len(looks[-1]) == 2) and time.monotonic() < deadline:
            socket.send('{"type": "ping"}')
            next(frame for frame in frames(socket) if frame["type"] == "pong")
        logins = looks[-1]  # now: a look at those that close finds fewer
    assert len(logins) == 2, "two logins, however many sockets"
    with django_assert_max_num_queries(6):
        states_of(logins)
