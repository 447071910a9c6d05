"""Terminal sessions that the user sees, and their recordings."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from api.export import Exports
from api.fields import Nothing
from api.filters import IdFilter, SearchFilter, refuse_unknown
from api.schema.declare import operation
from api.schema.parts import TEXT
from api.sessions.serializers import SessionSerializer
from api.views import user_of
from core.tenancy import Parts
from terminals.enums import ConfigCheck, EndReason, SessionStatus
from terminals.models import TerminalSession
from terminals.selectors import asciicast, terminal_sessions_for
from terminals.services import close_session, note
from users.permissions import Permission


class SessionFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    device = IdFilter("device")
    user = IdFilter("user")
    status = django_filters.MultipleChoiceFilter(choices=SessionStatus.choices)
    reason = django_filters.MultipleChoiceFilter(choices=EndReason.choices)
    config_check = django_filters.MultipleChoiceFilter(choices=ConfigCheck.choices[1:])
    search = SearchFilter("device__hostname", "username", "correlation_id")


class SessionEndpoint(Exports[TerminalSession]):
    permission = Permission.OPEN_TERMINAL
    serializer_class = SessionSerializer
    filterset_class = SessionFilter
    order_by = {"id": "pk", "opened_at": "opened_at"}  # noqa: RUF012

    def rows(self) -> QuerySet[TerminalSession]:
        rows = terminal_sessions_for(user_of(self.request)).select_related("device")
        return rows.prefetch_related("changes").order_by("-pk")

    @operation(files={"application/x-asciicast": TEXT})
    def recording(self, request: Request, pk: int) -> StreamingHttpResponse:
        """Read the recording of a session as an asciicast (version 2), as far as it goes. That is audited."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        session = self.one(pk)
        note(actor=user_of(request), session=session, action="download")
        name = f'attachment; filename="session-{session.pk}.cast"'
        return StreamingHttpResponse(
            Parts(asciicast(session)), content_type="application/x-asciicast", headers={"Content-Disposition": name}
        )

    @operation(body=Nothing, answer=SessionSerializer)
    def end(self, request: Request, pk: int) -> Response:
        """End an open session, whoever has it; one that has ended stays as it is."""
        self.valid(Nothing, request)
        close_session(actor=user_of(request), session=self.one(pk))
        return Response(self.get_serializer(self.one(pk)).data)
