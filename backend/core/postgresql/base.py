"""Django's PostgreSQL engine, which tells the database the scope before each query.

The scope is a setting of the session, and the database undoes a setting with the transaction, or the savepoint, that it
was made in. So what the connection is known to have is forgotten with each of those, and told anew before the next
query. A transaction begins with the scope told already: rolled back, it is back at that one, and at no other one's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from core.rls import signed
from core.tenancy import Scope, bound, current

TELL = b"SELECT pg_catalog.set_config('webnet.customers', $1, false)"
TELL_AND_ASK = (
    b"SELECT rolsuper OR rolbypassrls, pg_catalog.set_config('webnet.customers', $1, false) "
    b"FROM pg_catalog.pg_roles WHERE rolname = current_user"
)


class ScopedCursor(CursorWrapper):
    """Tells the scope of the moment in which a statement is run, not of the one in which the cursor was made."""

    db: DatabaseWrapper

    def _execute(self, *args: Any) -> Any:
        self.db.tell_scope()
        return super()._execute(*args)  # type: ignore[misc]

    def _executemany(self, *args: Any) -> Any:
        self.db.tell_scope()
        return super()._executemany(*args)  # type: ignore[misc]

    def callproc(self, *args: Any, **kwargs: Any) -> Any:
        self.db.tell_scope()
        return super().callproc(*args, **kwargs)


class ScopedDebugCursor(ScopedCursor, base.CursorDebugWrapper):
    """The same, with the log of queries that tests and debuggers read."""


class DatabaseWrapper(base.DatabaseWrapper):
    _told: Scope | None = None
    """The scope that the session is known to have; None: not known."""

    def connect(self) -> None:
        try:
            super().connect()
        except psycopg.OperationalError:
            if self.connection is None or not self.pool:
                raise
            # the pool gave out a connection that has ended since: so may have all that lie there
            self.close()
            self.pool.drain()
            super().connect()

    def init_connection_state(self) -> None:
        self._told = None  # whoever had the session before us
        super().init_connection_state()
        if self.settings_dict.get("MAY_PASS_BY"):
            return
        scope = current()
        if self._tell(TELL_AND_ASK, scope) != b"f":
            raise ImproperlyConfigured(
                f"the database role {self.settings_dict['USER']!r} passes by row-level security, which keeps customers "
                "apart: DATABASE_URL needs a role that is neither a superuser nor has BYPASSRLS."
            )
        self._told = scope

    def tell_scope(self) -> None:
        scope = current()
        # in a transaction that has failed nothing can be told, and nothing be read
        if scope == self._told or self._status() == TransactionStatus.INERROR:
            return
        with self.wrap_database_errors:
            self._tell(TELL, scope)
        self._told = scope

    def _tell(self, query: bytes, scope: Scope) -> bytes | None:
        """The first value of the answer, in PostgreSQL's words.

        By libpq itself, as this is done at least twice a request: a cursor takes a quarter longer.
        """
        session = self.connection.pgconn
        # the value apart from the words: pg_stat_activity shows only the latter
        answer = session.exec_params(query, [signed(scope, session.backend_pid).encode()])
        if session.status != ConnStatus.OK:
            raise psycopg.OperationalError(session.get_error_message())
        if answer.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(answer)
        return answer.get_value(0, 0)

    def _status(self) -> TransactionStatus:
        return TransactionStatus(self.connection.info.transaction_status)

    def make_cursor(self, cursor: Any) -> ScopedCursor:
        return ScopedCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> ScopedDebugCursor:
        return ScopedDebugCursor(cursor, self)

    def _cursor(self, name: str | None = None) -> Any:
        cursor = super()._cursor(name)  # type: ignore[misc]
        self.tell_scope()  # for what the driver's cursor does by itself, as COPY
        return cursor

    def _set_autocommit(self, autocommit: bool) -> None:
        if not autocommit:
            self.tell_scope()
        super()._set_autocommit(autocommit)  # type: ignore[misc]

    def _commit(self) -> None:
        told, self._told = self._told, None
        if self.connection is None or self._status() == TransactionStatus.INERROR:
            super()._commit()  # type: ignore[misc]  # the database makes it a rollback, in silence
            return
        super()._commit()  # type: ignore[misc]
        self._told = told

    def _rollback(self) -> None:
        self._told = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None

    def on_commit(self, func: Callable[[], Any], robust: bool = False) -> None:
        super().on_commit(bound(func), robust)
