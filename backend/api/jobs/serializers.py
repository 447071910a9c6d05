"""Jobs, their targets and log lines as JSON, and what starting one takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.devices.serializers import DeviceName
from api.fields import IdField, IdListField, ObjectField, StrictSerializer
from jobs.kinds import KINDS
from jobs.models import Job, JobLog, JobTarget
from jobs.services import MOST_TARGETS
from users.models import User


class UserName(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "username")


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job, with the same names as in the status that its websocket sends."""

    requested_by = UserName()
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "kind", "status", "customer", "params", "requested_by", "retry_of", "correlation_id",
            "created_at", "started_at", "finished_at", "cancel_requested_at",
            "counts", "summary", "log_seq", "revision",
        )  # fmt: skip

    def get_counts(self, job: Job) -> dict[str, int]:
        return {
            "total": job.targets_total, "succeeded": job.targets_succeeded, "failed": job.targets_failed,
            "other": job.targets_other, "open": job.targets_total - job.targets_done,
        }  # fmt: skip


class TargetSerializer(serializers.ModelSerializer[JobTarget]):
    device = DeviceName()
    duration_s = serializers.FloatField()

    class Meta:
        model = JobTarget
        fields = (
            "id", "device", "status", "attempts", "started_at", "finished_at", "duration_s",
            "error_code", "error_text", "result",
        )  # fmt: skip


class LogLineSerializer(serializers.ModelSerializer[JobLog]):
    """A line, as the websocket sends it: the device's text as it came."""

    device = serializers.CharField(source="device.hostname", default=None)

    class Meta:
        model = JobLog
        fields = ("seq", "at", "level", "device", "device_id", "text")


class NewJob(StrictSerializer):
    """A job over listed devices, or over all of the customer's devices that a filter finds."""

    kind = serializers.ChoiceField(choices=list(KINDS))
    customer = IdField()
    devices = IdListField(limit=MOST_TARGETS, required=False)
    filter = ObjectField(required=False)
    params = ObjectField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("devices" in attrs) == ("filter" in attrs):
            words = "Give either devices or filter, and not both."
            raise serializers.ValidationError({"devices": [words], "filter": [words]})
        return attrs
