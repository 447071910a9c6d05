"""Terminal sessions as JSON."""

from __future__ import annotations

from api.devices.serializers import DeviceName
from api.rows import RowSerializer
from terminals.models import SessionChange, TerminalSession


class SessionChangeSerializer(RowSerializer[SessionChange]):
    """The snapshots before and after a session, where they differ."""

    class Meta:
        model = SessionChange
        fields = ("before", "after", "found_at")


class SessionSerializer(RowSerializer[TerminalSession]):
    """A shell on a device, from its opening to its end. `holder` types in it now, or did at its end.

    `config_check` says whether the configuration changed around it: `backup` is the job that was started to see that.
    """

    device = DeviceName()
    changes = SessionChangeSerializer(many=True)

    class Meta:
        model = TerminalSession
        fields = (
            "id", "customer", "device", "user", "username", "holder", "source_address", "correlation_id", "status",
            "reason", "detail", "opened_at", "ended_at", "cols", "rows", "bytes_out", "recorded_s", "records_input",
            "typed", "config_check", "config_detail", "backup", "changes",
        )  # fmt: skip
