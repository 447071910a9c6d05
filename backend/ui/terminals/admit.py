"""Who may have a terminal on this device, by what they bring. Everything here blocks: call it through `read`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from core.tenancy import EVERY, Scope, within
from devices.models import Device
from devices.selectors import devices_for
from terminals.models import TerminalSession
from terminals.seats import Person
from terminals.selectors import terminal_sessions_for
from ui.consumers.access import Credentials, login_of
from ui.consumers.feed import Refused
from users.logins import states_of
from users.models import User
from users.permissions import Permission, may
from users.selectors import scope_of

NO_LOGIN = Refused(
    4401, "not_logged_in", "You are not logged in: the session or token is missing, unknown or has expired."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the client asks for."""

    device: int
    session: int | None = None
    after: int | None = None
    cols: int = 80
    rows: int = 24
    watch: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came, and to what."""

    user: User
    person: Person
    scope: Scope
    device: Device
    session: TerminalSession | None
    address: str | None
    correlation: str


def let_in(credentials: Credentials, wish: Wish, permission: Permission) -> Visit:
    """Raises Refused."""
    with within(EVERY):  # it takes a look at keys and customers to know who it is
        found = login_of(credentials)
        if found is None:
            raise NO_LOGIN
        user, login = found
        state = states_of([login])[login]
    if not may(user, permission):
        raise Refused(4403, "not_allowed", "Your role does not allow this.")
    scope = scope_of(user)
    with within(scope):
        device = devices_for(user).filter(pk=wish.device).first()
        if device is None:
            raise Refused(4404, "not_found", "There is no such device.")
        session = None
        if wish.session is not None:
            mine = terminal_sessions_for(user).select_related("device")
            session = mine.filter(pk=wish.session, device=device).first()
            if session is None:
                raise Refused(4404, "no_session", "There is no such session.")
    person = Person(user.pk, user.get_username(), login, state)
    return Visit(user, person, scope, device, session, credentials.address, str(uuid.uuid4()))


def again(credentials: Credentials, wish: Wish, permission: Permission) -> None:
    """The same question later. Raises Refused."""
    let_in(credentials, wish, permission)
