"""A client's place at a session of this process."""

from __future__ import annotations

from typing import Any, Protocol

from core.reading import read
from core.tenancy import within
from terminals.enums import EndReason
from terminals.host import NAME, host
from terminals.live import Live
from terminals.seats import BadFrame, Deliver, Frame, Seat
from terminals.services import TerminalRefused, open_session
from ui.consumers.feed import Refused
from ui.terminals.admit import Visit, Wish

__all__ = ["Place", "Visit", "take_place"]


class Place(Protocol):
    def receive(self, frame: Frame) -> str:
        """Take what the client says. Returns what is wrong with it, in words."""
        ...

    def end_for_login(self, detail: str) -> None:
        """The login that the client came with is no longer good for this."""
        ...

    def leave(self) -> None: ...


class HerePlace:
    """At a session that lives in this process."""

    def __init__(self, live: Live, seat: Seat) -> None:
        self._live, self._seat = live, seat

    def receive(self, frame: Frame) -> str:
        try:
            self._take(frame)
        except BadFrame as error:
            return str(error)
        return ""

    def _take(self, frame: Any) -> None:
        live, seat = self._live, self._seat
        if isinstance(frame, bytes):
            live.keys(seat, frame)
            return
        match frame["type"]:
            case "ack":
                seat.acknowledged(frame["bytes"])
            case "resize":
                live.resize(seat, frame["cols"], frame["rows"])
            case "enable":
                live.enable(seat)
            case "take":
                live.ask(seat)
            case "answer":
                live.answer(seat, gives=frame["gives"])
            case "end" if seat.types:
                live.finish(EndReason.CLOSED, f"Closed by {seat.person.name}.")

    def end_for_login(self, detail: str) -> None:
        if self._seat.types:
            self._live.finish(EndReason.LOGIN, detail)

    def leave(self) -> None:
        self._seat.leave()


async def take_place(visit: Visit, wish: Wish, deliver: Deliver) -> Place:
    """At the session that is asked for, or at a new one. Raises Refused."""
    if visit.session is None:
        live = await _open(visit, wish)
    else:
        if not visit.session.is_open:
            raise Refused(4404, "no_session", f"The session has ended. {visit.session.detail}")
        found = host().lives.get(visit.session.pk)
        if found is None:
            raise Refused(4404, "no_session", "The session has ended.")
        live = found
    try:
        seat = live.join(visit.person, deliver, watch=wish.watch, after=wish.after)
    except BadFrame as error:
        raise Refused(4409, "refused", str(error)) from error
    return HerePlace(live, seat)


async def _open(visit: Visit, wish: Wish) -> Live:
    with within(visit.scope):
        try:
            session, spec = await read(
                open_session, actor=visit.user, device=visit.device, home=NAME, cols=wish.cols, rows=wish.rows
            )
        except TerminalRefused as error:
            raise Refused(4409, "refused", str(error)) from error
    return host().begin(session, spec, visit.person)
