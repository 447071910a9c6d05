"""What the devices of a job answered: each output, and equal ones as groups."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.devices.serializers import DeviceName
from api.fields import LARGEST_ID
from api.filters import IdFilter, SearchFilter, WholeFilter, read_query, refuse_unknown
from api.schema.declare import operation
from api.schema.fields import Shaped, closed
from api.schema.parts import ID, TEXT
from api.views import Endpoint, user_of
from commands.files import FORMATS, output_file
from commands.models import CommandOutput
from commands.selectors import Group, groups_of, outputs_of, table_for, text_of
from jobs.kinds import MOST_COMMANDS
from jobs.models import Job
from jobs.selectors import jobs_for
from users.permissions import Permission

MOST_POSITION = MOST_COMMANDS - 1
TEXTS = {"type": "array", "items": {"type": "string"}}
TABLE = closed({"columns": TEXTS, "rows": {"type": "array", "items": TEXTS}}) | {"type": ["object", "null"]}
FILE = {
    "device": TEXT, "command": TEXT, "problem": TEXT, "cut": {"type": "boolean"},
    "took_ms": {"type": "integer", "minimum": 0}, "output": TEXT,
}  # fmt: skip
NAMED = {"type": "array", "items": closed({"id": ID, "hostname": {"type": "string"}})}


class OutputFilter(django_filters.FilterSet):
    device = IdFilter("target__device")
    position = WholeFilter(min_value=0, max_value=MOST_POSITION, help_text="Of the command, from 0.")
    search = SearchFilter("target__device__hostname")


class ExportQuery(forms.Form):
    format = forms.ChoiceField(choices=[(one, one) for one in FORMATS], required=False, help_text="By default `txt`.")
    position = forms.IntegerField(min_value=0, max_value=MOST_POSITION, required=False, help_text="One command alone.")
    device = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, help_text="One device alone.")


class OutputSerializer(serializers.ModelSerializer[CommandOutput]):
    """One device's answer to one command, without its text."""

    device = DeviceName(source="target.device")
    command = serializers.SerializerMethodField()
    sha256 = serializers.CharField(source="text.sha256", default=None, allow_null=True)
    size = serializers.IntegerField(source="text.size", default=None, allow_null=True)
    lines = serializers.IntegerField(source="text.lines", default=None, allow_null=True)

    class Meta:
        model = CommandOutput
        fields = ("id", "device", "position", "command", "problem", "is_cut", "took_ms", "sha256", "size", "lines")

    def get_command(self, output: CommandOutput) -> str:
        return command_of(output.target.job, output)


class OutputDetailSerializer(OutputSerializer):
    """One device's answer to one command, secrets masked; as a table, too, where a template knows the command."""

    text = serializers.SerializerMethodField()
    table = Shaped(TABLE)

    class Meta:
        model = CommandOutput
        fields = (*OutputSerializer.Meta.fields, "text", "table")

    def get_text(self, output: CommandOutput) -> str:
        return text_of(output)


class OutputGroups(serializers.Serializer[Any]):
    """The different answers to one command, the most frequent first; at most a hundred."""

    position = serializers.IntegerField(min_value=0)
    command = serializers.CharField()
    groups = Shaped(
        {
            "type": "array",
            "items": closed(
                {
                    "count": {"type": "integer", "minimum": 1, "description": "How many devices gave this answer."},
                    "devices": {**NAMED, "description": "The first of them by name."},
                    "output": {**ID, "description": "The id of one of these outputs."},
                    "problem": {"type": "string"},
                    "is_cut": {"type": "boolean"},
                    "sha256": {"type": ["string", "null"]},
                    "size": {"type": ["integer", "null"]},
                    "lines": {"type": ["integer", "null"]},
                }
            ),
        }
    )


class GroupPage(serializers.Serializer[Any]):
    """Answers by command, in the order in which they were sent."""

    commands = OutputGroups(many=True)


class OutputEndpoint(Endpoint[CommandOutput]):
    permission = Permission.VIEW
    serializer_class = OutputSerializer
    filterset_class = OutputFilter
    order_by = {"id": "pk", "position": "position", "hostname": "target__device__hostname"}  # noqa: RUF012

    def rows(self) -> QuerySet[CommandOutput]:
        rows = outputs_of(user_of(self.request), self.kwargs["pk"]).select_related("text", "target__device")
        rows = rows.select_related("target__job").order_by("pk")
        return rows if self.action == "text" else rows.defer("text__packed")

    @operation(answer=OutputSerializer, many=True)
    def of_job(self, request: Request, pk: int) -> Response:
        """List what the devices of a job answered to its commands, without the texts."""
        self._job(pk)
        return self.list(request)

    @operation(answer=OutputDetailSerializer)
    def text(self, request: Request, pk: int, output: int) -> Response:
        """Show one device's answer to one command, with its text."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        row: Any = self.one(output)
        table = table_for(row, command_of(row.target.job, row))
        row.table = {"columns": table.columns, "rows": table.rows} if table else None
        return Response(OutputDetailSerializer(row, context=self.get_serializer_context()).data)

    @operation(answer=GroupPage)
    def groups(self, request: Request, pk: int) -> Response:
        """Group the devices of a job by their answers: who said the same to each command."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        job, outputs = self._job(pk), outputs_of(user_of(request), pk)
        commands = job.params.get("commands", [])
        shown = [
            {"position": n, "command": command, "groups": [_shown(group) for group in groups_of(outputs, n)]}
            for n, command in enumerate(commands)
        ]
        return Response({"commands": shown})

    @operation(
        query=ExportQuery,
        files={
            "text/plain": TEXT,
            "text/csv": TEXT,
            "application/json": {"type": "array", "items": closed(FILE)},
        },
    )
    def files(self, request: Request, pk: int) -> StreamingHttpResponse:
        """Read a job's outputs as a file, of one command or device if asked."""
        asked, job = read_query(ExportQuery, request.query_params), self._job(pk)
        rows = outputs_of(user_of(request), pk)
        if asked["position"] is not None:
            rows = rows.filter(position=asked["position"])
        if asked["device"] is not None:
            rows = rows.filter(target__device=asked["device"])
        return output_file(asked["format"] or FORMATS[0], job, rows)

    def _job(self, pk: int) -> Job:
        job = jobs_for(user_of(self.request)).filter(pk=pk).first()
        if job is None:
            raise Http404
        return job


def command_of(job: Job, output: CommandOutput) -> str:
    return str(job.params["commands"][output.position])


def _shown(group: Group) -> dict[str, Any]:
    output = group.output
    text = output.text
    return {
        "count": group.count,
        "devices": [{"id": pk, "hostname": name} for pk, name in group.devices],
        "output": output.pk,
        "problem": output.problem,
        "is_cut": output.is_cut,
        "sha256": text.sha256 if text else None,
        "size": text.size if text else None,
        "lines": text.lines if text else None,
    }
