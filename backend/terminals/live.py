"""A session that is open now: the shell on the device, its latest output, its recording and who sits at it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from core.context import acting
from core.reading import read
from core.tenancy import within
from networkops.errors import NetworkError
from networkops.platforms import PLATFORMS
from networkops.terminal.harmless import Harmless
from networkops.terminal.ring import Ring
from networkops.types import HostSpec
from terminals.enable import Enable
from terminals.enums import EndReason
from terminals.models import TerminalSession
from terminals.recorder import MOST_WAITING, Recorder
from terminals.seats import BadFrame, Deliver, Person, Seat
from terminals.services import end_session, hand_over, mark_typed, note, pin_host_key
from users.models import User

log = logging.getLogger(__name__)

MOST_LAG = 192 * 1024
WARN_S = 60
"""So long before a limit ends a session, it says so."""
LAST_WORDS_S = 3.0
MOST_EARLY = 4096
"""Bytes typed before the device has let us in."""
TAKEN_AFTER_S = 15.0
MOST_SEATS = 10
LEGACY = "\x1b[33mOld SSH algorithms are allowed for this device; they can be broken by an attacker.\x1b[0m\r\n"


@dataclass(frozen=True, slots=True)
class End:
    reason: EndReason
    detail: str


class Live:
    """Everything of it happens in the event loop that it was made in; `run` is its whole life."""

    def __init__(self, session: TerminalSession, spec: HostSpec, opener: Person) -> None:
        self.session = session
        self.holder = opener
        self.ring = Ring()
        self.recorder = Recorder(session, typed=session.records_input, caught_up=self.flow)
        self.seats: list[Seat] = []
        self.is_open = False
        self._spec = spec
        self._size = (session.cols, session.rows)
        self._shell: Any = None
        self._harmless = Harmless()
        self._enable: Enable | None = None
        self._host_key = ""
        self._early = b""
        self._paused = False
        self._typed = False
        self._over: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._jobs: tuple[str, ...] = ()
        self._warned = ""
        self._asking: asyncio.TimerHandle | None = None
        self._aside: set[asyncio.Task[None]] = set()
        self._began = self._typed_at = time.monotonic()
        self.left_at: float | None = self._began

    # ---- its life

    async def run(self) -> None:
        session = self.session
        who = acting(correlation=session.correlation_id, address=session.source_address)
        with within(frozenset({session.customer_id})), who:
            self.recorder.start()
            try:
                await self._connect()
                end = await self._over
            except asyncio.CancelledError:
                end = End(EndReason.SERVER, "The server stopped.")
            except Exception:
                log.exception("terminal #%s failed", session.pk)
                end = End(EndReason.SERVER, "The server failed.")
            await self._wind_up(end)

    async def _connect(self) -> None:
        from networkops.terminal.shell import open_shell  # brings asyncssh in, which most processes never need

        connecting = asyncio.create_task(
            open_shell(
                self._spec, size=self._size, output=self._output, ended=self._device_ended, key_seen=self._key_seen
            )
        )
        try:
            over: asyncio.Future[Any] = self._over
            await asyncio.wait({connecting, over}, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                return
            self._shell = connecting.result()
        except NetworkError as error:
            self.finish(EndReason.FAILED, _sentence(error))
            return
        finally:
            if not connecting.done():
                connecting.cancel()
                await asyncio.wait({connecting})
            if self._host_key:
                await read(pin_host_key, device=self.session.device, host_key=self._host_key)
        self.is_open = True
        if self._size != (self.session.cols, self.session.rows):
            self._shell.resize(*self._size)
        self.recorder.keys(self._early)
        self._shell.write(self._early)
        for seat in self.seats:
            seat.welcome()
        self._shell.start()
        if not self._paused:
            self._shell.resume()

    async def _wind_up(self, end: End) -> None:
        self.is_open = False
        self.finish(end.reason, end.detail)
        self._forget_asking()
        if self._aside:
            await asyncio.wait(self._aside)
        if self._shell is not None:
            await self._shell.close()
        await self.recorder.finish()
        try:
            await read(self._write_end, end)
        except Exception as error:  # the sweep writes it when the database is back
            log.warning("the end of terminal #%s is not written: %s", self.session.pk, type(error).__name__)
        last = {"type": "closed", "reason": str(end.reason), "detail": end.detail, "seq": self.ring.end}
        if self.seats:
            await asyncio.gather(
                *(seat.finish(last, LAST_WORDS_S) for seat in list(self.seats)), return_exceptions=True
            )

    def _write_end(self, end: End) -> None:
        actor = User.objects.filter(pk=self.holder.user_id).first()
        end_session(
            actor=actor, session=self.session, reason=end.reason, detail=end.detail, bytes_out=self.recorder.total,
            recorded_s=self.recorder.now_s,
        )  # fmt: skip

    def finish(self, reason: EndReason, detail: str) -> None:
        """End it; the first reason counts."""
        if not self._over.done():
            self._over.set_result(End(reason, detail))

    # ---- the device

    def _key_seen(self, host_key: str) -> None:
        self._host_key = host_key

    def _output(self, data: bytes) -> None:
        data = self._harmless(data)
        if self._enable is not None:
            data = self._enable.saw(data)
        self._show(data)

    def _show(self, data: bytes) -> None:
        if not data:
            return
        if self._spec.options.get("legacy_ssh") and not self.ring.end:
            data = LEGACY.encode() + data
        self.ring.add(data)
        self.recorder.shown(data)
        for seat in self.seats:
            seat.ring()
        self.flow()

    def _device_ended(self, error: NetworkError | None) -> None:
        if error is None:
            self.finish(EndReason.DEVICE, "The device ended the session.")
        else:
            self.finish(EndReason.LOST, _sentence(error))

    def flow(self) -> None:
        """Let the device send as fast as who types can see it and the recording is written."""
        # With the first bytes after a pause asyncssh lets the device send a whole window more, whatever it still holds.
        # So a pause lasts until there is room for one: else what it holds grows a little with each pause, without end.
        if self._shell is None:
            return
        room = self._shell.window if self._paused else 0
        lag = max((seat.lag for seat in self.seats if seat.types), default=0)
        behind = lag > MOST_LAG - room or self.recorder.waiting > MOST_WAITING - room
        if behind == self._paused:
            return
        self._paused = behind
        if behind:
            self._shell.pause()
        else:
            self._shell.resume()

    # ---- who sits at it

    def join(self, person: Person, deliver: Deliver, *, watch: bool, after: int | None) -> Seat:
        """Who holds the session types in it, in one place at a time; everybody else watches. Raises BadFrame."""
        if self._over.done():
            raise BadFrame("The session has ended.")
        if len(self.seats) >= MOST_SEATS:
            raise BadFrame(f"{MOST_SEATS} others are at this session, which is the limit.")
        types = person.user_id == self.holder.user_id and not watch
        seat = Seat(self, person, deliver, wants_to_type=types, after=after)
        if types:
            self.holder = person
            for other in self.seats:
                other.types = False
            self.left_at = None
        self.seats.append(seat)
        if types:
            self._tell_who_types()
        if self.is_open:
            seat.welcome()
        if not types:
            self.tell({"type": "watching", "names": self._watchers()})
            self._note(person, "watch")
        return seat

    def left(self, seat: Seat) -> None:
        if seat not in self.seats:
            return
        self.seats.remove(seat)
        if seat.types:
            self.left_at = time.monotonic()
        else:
            self.tell({"type": "watching", "names": self._watchers()})
        self.flow()

    def introduction(self, seat: Seat) -> dict[str, Any]:
        return {
            "type": "opened", "session": self.session.pk, "device": self.session.device.hostname,
            "seq": self.ring.start, "cols": self._size[0], "rows": self._size[1], "types": seat.types,
            "holder": self.holder.name, "watching": self._watchers(), "jobs": self._jobs,
            "enable": bool(self._spec.enable_secret) and PLATFORMS[self._spec.platform].enable,
            "grace_s": settings.TERMINAL_GRACE_S, "idle_s": settings.TERMINAL_IDLE_S,
        }  # fmt: skip

    def tell(self, frame: dict[str, Any]) -> None:
        for seat in self.seats:
            seat.tell(frame)

    def _watchers(self) -> list[str]:
        return sorted({seat.person.name for seat in self.seats if not seat.types})

    def _tell_who_types(self) -> None:
        for seat in self.seats:
            seat.tell({"type": "control", "holder": self.holder.name, "types": seat.types})

    # ---- what they say

    def keys(self, seat: Seat, data: bytes) -> None:
        """Raises BadFrame."""
        if not seat.types:
            raise BadFrame("You watch this session: only its holder types.")
        self._typed_at = time.monotonic()
        if not self.is_open:
            self._early = (self._early + data)[:MOST_EARLY]
            return
        if not self._typed:
            self._typed = True
            self._beside(lambda user: mark_typed(session=self.session), seat.person)
        if self._enable is not None and self._enable.is_waiting:
            self._enable = None  # somebody types: no secret goes where it is not asked for
        self.recorder.keys(data)
        try:
            self._shell.write(data)
        except NetworkError as error:
            self.finish(EndReason.LOST, _sentence(error))

    def resize(self, seat: Seat, cols: int, rows: int) -> None:
        if not seat.types or (cols, rows) == self._size:
            return
        self._size = (cols, rows)
        self.recorder.resized(cols, rows)
        if self.is_open:
            self._shell.resize(cols, rows)
        for other in self.seats:
            if other is not seat:
                other.tell({"type": "resized", "cols": cols, "rows": rows})

    def enable(self, seat: Seat) -> None:
        """Give the enable command, and the stored secret when the device asks for it. Raises BadFrame."""
        if not seat.types:
            raise BadFrame("You watch this session: only its holder types.")
        if not self.is_open:
            return
        if not self._spec.enable_secret or not PLATFORMS[self._spec.platform].enable:
            seat.tell({"type": "notice", "text": "No enable secret is stored for this device."})
            return
        self._typed_at = time.monotonic()
        self._enable = Enable(self._spec.enable_secret, self._shell.write)
        self._note(seat.person, "enable")

    def ask(self, seat: Seat) -> None:
        """A watcher wants to type: who does is asked, and has a while to say no."""
        typing = [other for other in self.seats if other.types]
        if seat.types or self._asking is not None:
            return
        if not typing:
            self.give(seat)
            return
        self._asking = asyncio.get_running_loop().call_later(TAKEN_AFTER_S, self.give, seat)
        for other in typing:
            other.tell({"type": "asked", "by": seat.person.name, "within_s": TAKEN_AFTER_S})
        seat.tell({"type": "notice", "text": f"{self.holder.name} was asked to hand over."})
        self._asked_by = seat

    def answer(self, seat: Seat, *, gives: bool) -> None:
        """Raises BadFrame."""
        if not seat.types:
            raise BadFrame("You watch this session: only its holder hands it over.")
        if self._asking is None:
            return
        if gives:
            self.give(self._asked_by)
            return
        self._forget_asking()
        self._asked_by.tell({"type": "notice", "text": f"{self.holder.name} keeps the session."})

    def give(self, seat: Seat) -> None:
        self._forget_asking()
        if seat not in self.seats:
            return
        for other in self.seats:
            other.types = other is seat
        self.holder = seat.person
        self.left_at = None
        self._typed_at = time.monotonic()
        self.recorder.marked(f"{seat.person.name} took over")
        self._tell_who_types()
        self.flow()
        self._beside(lambda user: hand_over(actor=user, session=self.session), seat.person)

    def _forget_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _note(self, person: Person, action: str) -> None:
        self._beside(lambda user: note(actor=user, session=self.session, action=action), person)

    def _beside(self, write: Callable[[User], None], person: Person) -> None:
        async def work() -> None:
            with within(frozenset({self.session.customer_id})):
                try:
                    await read(lambda: write(User.objects.get(pk=person.user_id)))
                except Exception:
                    log.exception("terminal #%s: not written", self.session.pk)

        task = asyncio.create_task(work())
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    # ---- time

    def tick(self, now: float, *, is_open: bool, enabled: bool | None, jobs: tuple[str, ...]) -> None:
        """Once a second: is it still to be?"""
        if not is_open:
            self.finish(EndReason.CLOSED, "The session was ended.")
        elif not enabled:
            gone = "removed" if enabled is None else "disabled"
            self.finish(EndReason.DISABLED, f"The device was {gone}.")
        elif self.left_at is not None and now - self.left_at > settings.TERMINAL_GRACE_S:
            self.finish(EndReason.LEFT, "Nobody came back to the session in time.")
        else:
            self._hold_limits(now)
        if jobs != self._jobs:
            self._jobs = jobs
            self.tell({"type": "jobs", "jobs": jobs})

    def _hold_limits(self, now: float) -> None:
        idle = settings.TERMINAL_IDLE_S - (now - self._typed_at)
        longest = settings.TERMINAL_LONGEST_S - (now - self._began)
        if idle <= 0:
            self.finish(EndReason.IDLE, f"Nothing was typed for {settings.TERMINAL_IDLE_S // 60} minutes.")
        elif longest <= 0:
            self.finish(EndReason.TIME, "The session has reached its longest time.")
        limit = min((idle, "idle"), (longest, "time"))
        warned = limit[1] if limit[0] <= WARN_S else ""
        if warned != self._warned:
            self._warned = warned
            self.tell({"type": "limit", "kind": warned, "ends_in_s": round(limit[0]) if warned else None})


def _sentence(error: NetworkError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
