"""A client's place at a session: of this process, or of another one."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from core.reading import read
from core.tenancy import within
from terminals.desk import Desk
from terminals.host import NAME, host, relay_of_host
from terminals.live import Live
from terminals.relay import Far, NotReached, Relay
from terminals.seats import BadFrame, Deliver, Frame
from terminals.services import TerminalRefused, open_session
from ui.consumers.feed import Refused
from ui.terminals.admit import Visit, Wish

__all__ = ["Place", "Visit", "take_place"]


class Place(Protocol):
    def receive(self, frame: Frame) -> str: ...

    def end_for_login(self, detail: str) -> None: ...

    def leave(self) -> None: ...


class FarPlace:
    """At a session that lives in another process."""

    def __init__(self, relay: Relay, far: Far) -> None:
        self._relay, self._far = relay, far

    def receive(self, frame: Frame) -> str:
        try:
            self._far.tell("in", frame)
        except BadFrame as error:
            return str(error)
        return ""

    def end_for_login(self, detail: str) -> None:
        self._far.tell("login", detail=detail)

    def leave(self) -> None:
        self._relay.leave(self._far)


async def take_place(visit: Visit, wish: Wish, deliver: Deliver) -> Place:
    """At the session that is asked for, or at a new one. Raises Refused."""
    session = visit.session
    if session is not None and not session.is_open:
        raise Refused(4404, "no_session", f"The session has ended. {session.detail}")
    try:
        live = await _open(visit, wish) if session is None else host().lives.get(session.pk)
        if live is not None:
            return Desk(live, live.join(visit.person, deliver, watch=wish.watch, after=wish.after))
        if session is None or session.home == NAME or settings.EMBEDDED:
            raise Refused(4404, "no_session", "The session has ended.")
        relay = relay_of_host()
        far = await relay.join(session.home, session.pk, visit.person, deliver, watch=wish.watch, after=wish.after)
        return FarPlace(relay, far)
    except BadFrame as error:
        raise Refused(4409, "refused", str(error)) from error
    except NotReached as error:
        words = "The server process that holds the session does not answer; try again in a moment."
        raise Refused(4500, "not_reached", words) from error


async def _open(visit: Visit, wish: Wish) -> Live:
    with within(visit.scope):
        try:
            session, spec = await read(
                open_session, actor=visit.user, device=visit.device, home=NAME, cols=wish.cols, rows=wish.rows
            )
        except TerminalRefused as error:
            raise Refused(4409, "refused", str(error)) from error
    return host().begin(session, spec, visit.person)
