"""Terminal sessions as JSON."""

from __future__ import annotations

from api.devices.serializers import DeviceName
from api.rows import RowSerializer
from terminals.models import TerminalSession


class SessionSerializer(RowSerializer[TerminalSession]):
    """A shell on a device, from its opening to its end. `holder` types in it now, or did at its end."""

    device = DeviceName()

    class Meta:
        model = TerminalSession
        fields = (
            "id", "customer", "device", "user", "username", "holder", "source_address", "correlation_id", "status",
            "reason", "detail", "opened_at", "ended_at", "cols", "rows", "bytes_out", "recorded_s", "records_input",
        )  # fmt: skip
