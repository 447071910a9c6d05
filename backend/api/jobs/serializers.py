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
    requested_by = UserName()

    class Meta:
        model = Job
        fields = (
            "id", "kind", "status", "customer", "params", "requested_by", "retry_of", "correlation_id",
            "created_at", "started_at", "finished_at", "cancel_requested_at",
            "targets_total", "targets_succeeded", "targets_failed", "targets_other", "summary", "log_seq", "revision",
        )  # fmt: skip


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
    device = DeviceName()

    class Meta:
        model = JobLog
        fields = ("seq", "at", "level", "device", "text")


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
