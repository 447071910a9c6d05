"""Jobs, their targets and log lines as JSON, and what starting one takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.devices.serializers import DeviceName
from api.fields import IdField, IdListField, ObjectField, StrictSerializer
from api.jobs import shapes
from api.schema.fields import Shaped
from api.users.serializers import UserName
from jobs.kinds import KINDS
from jobs.models import Job, JobLog, JobTarget
from jobs.services import MOST_TARGETS


class JobCounts(serializers.Serializer[Job]):
    """Targets of a job by how far they are."""

    total = serializers.IntegerField(source="targets_total", min_value=0)
    succeeded = serializers.IntegerField(source="targets_succeeded", min_value=0)
    failed = serializers.IntegerField(source="targets_failed", min_value=0)
    other = serializers.IntegerField(source="targets_other", min_value=0)
    open = serializers.SerializerMethodField()

    def get_open(self, job: Job) -> int:
        return job.targets_total - job.targets_done


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job, with the same names as in the status that its websocket sends."""

    requested_by = UserName(allow_null=True)
    params = Shaped(shapes.PARAMS, "JobParams")
    summary = Shaped(shapes.SUMMARY, "JobSummary")
    counts = JobCounts(source="*")

    class Meta:
        model = Job
        fields = (
            "id", "kind", "status", "customer", "params", "requested_by", "schedule", "retry_of", "correlation_id",
            "created_at", "started_at", "finished_at", "cancel_requested_at",
            "counts", "summary", "log_seq", "revision",
        )  # fmt: skip


class TargetSerializer(serializers.ModelSerializer[JobTarget]):
    """One device in one job, and what became of it."""

    device = DeviceName()
    duration_s = serializers.FloatField(allow_null=True)
    result = Shaped(shapes.RESULT, "TargetResult")

    class Meta:
        model = JobTarget
        fields = (
            "id", "device", "status", "attempts", "started_at", "finished_at", "duration_s",
            "error_code", "error_text", "result",
        )  # fmt: skip


class LogLineSerializer(serializers.ModelSerializer[JobLog]):
    """A line, as the websocket sends it: the device's text as it came."""

    device = serializers.CharField(source="device.hostname", default=None, allow_null=True)

    class Meta:
        model = JobLog
        fields = ("seq", "at", "level", "device", "device_id", "text")


class LogPage(serializers.Serializer[Any]):
    """Lines of a job's log; ask again after `next_after` until `complete`."""

    lines = LogLineSerializer(many=True)
    next_after = serializers.IntegerField(min_value=0, help_text="The sequence to go on after.")
    complete = serializers.BooleanField(help_text="Whether the job has ended and no line is left.")


class DeviceFilterField(ObjectField):
    shape, shape_name = shapes.FILTER, "DeviceFilter"


class ParamsField(ObjectField):
    shape, shape_name = shapes.PARAMS, "JobParams"


class NewJob(StrictSerializer):
    """A job over listed devices, or over all of the customer's devices that a filter finds."""

    # for the schema: either of the two, and not both
    rules = {  # noqa: RUF012
        "if": {"required": ["devices"]},
        "then": {"not": {"required": ["filter"]}},
        "else": {"required": ["filter"]},
        "allOf": shapes.PARAMS_BY_KIND,
    }

    kind = serializers.ChoiceField(choices=list(KINDS))
    customer = IdField()
    devices = IdListField(limit=MOST_TARGETS, required=False)
    filter = DeviceFilterField(required=False)
    params = ParamsField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("devices" in attrs) == ("filter" in attrs):
            words = "Give either devices or filter, and not both."
            raise serializers.ValidationError({"devices": [words], "filter": [words]})
        return attrs
