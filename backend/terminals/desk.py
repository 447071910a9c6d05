"""What a client at a seat may say, and what it does."""

from __future__ import annotations

from typing import Any

from terminals.enums import EndReason
from terminals.live import Live
from terminals.seats import BadFrame, Frame, Seat


class Desk:
    """At a session that lives in this process."""

    def __init__(self, live: Live, seat: Seat) -> None:
        self._live, self._seat = live, seat

    def receive(self, frame: Frame) -> str:
        """Take what the client says. Returns what is wrong with it, in words."""
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
        """The login that the client came with is no longer good for this."""
        if self._seat.types:
            self._live.finish(EndReason.LOGIN, detail)

    def leave(self) -> None:
        self._seat.leave()
