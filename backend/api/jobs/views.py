"""Jobs that the user sees: read, start, cancel, retry."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from api.fields import Nothing
from api.idempotency import idempotent
from api.jobs.filters import JobFilter, LogQuery, TargetFilter, ids_matching, log_query
from api.jobs.serializers import JobSerializer, LogLineSerializer, LogPage, NewJob, TargetSerializer
from api.schema.declare import operation
from api.views import Endpoint, user_of
from jobs.models import Job, JobTarget
from jobs.selectors import jobs_for, lines_after, log_of, targets_for
from jobs.services import cancel_job, retry_failed, start_job
from users.permissions import Permission
from users.selectors import customers_for


class JobEndpoint(Endpoint[Job]):
    permission = {  # noqa: RUF012
        "list": Permission.VIEW,
        "retrieve": Permission.VIEW,
        "logs": Permission.VIEW,
        # at least this; the service demands what the job's kind does
        "create": Permission.RUN_READ_JOBS,
        "cancel": Permission.RUN_READ_JOBS,
        "retry": Permission.RUN_READ_JOBS,
    }
    serializer_class = JobSerializer
    filterset_class = JobFilter
    order_by = {  # noqa: RUF012
        "id": "pk",
        "created_at": "created_at",
        "finished_at": "finished_at",
        "status": "status",
        "kind": "kind",
    }

    def rows(self) -> QuerySet[Job]:
        return jobs_for(user_of(self.request)).select_related("requested_by")

    @operation(body=NewJob, answer=JobSerializer, status=201)
    @idempotent
    def create(self, request: Request) -> Response:
        """Start a job on devices of one customer. Name the devices, or give a filter that finds them."""
        given = self.valid(NewJob, request)
        customer = customers_for(user_of(request)).filter(pk=given["customer"]).first()
        if customer is None:
            raise ValidationError({"customer": ["There is no such customer."]})
        devices = given.get("devices")
        if devices is None:
            devices = ids_matching(request, customer, given["filter"])
            if not devices:
                raise ValidationError({"filter": ["No device matches."]})
        job = start_job(
            actor=user_of(request), customer=customer, kind=given["kind"], devices=devices, params=given.get("params")
        )
        return self._created(job)

    @operation(body=Nothing, answer=JobSerializer, status=202, refusals=(409,))
    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel a job. Devices that are being worked on stop within seconds, as the job's status will tell."""
        self.valid(Nothing, request)
        cancel_job(actor=user_of(request), job=self.one(pk))
        return Response(self.show(self.one(pk)), status=202)

    @operation(body=Nothing, answer=JobSerializer, status=201, refusals=(409,))
    @idempotent
    def retry(self, request: Request, pk: int) -> Response:
        """Start a new job over the targets that did not succeed."""
        self.valid(Nothing, request)
        return self._created(retry_failed(actor=user_of(request), job=self.one(pk)))

    @operation(answer=LogPage, query=LogQuery)
    def logs(self, request: Request, pk: int) -> Response:
        """Read a job's log after a sequence. Ask again after `next_after` until `complete`."""
        asked = log_query(request)
        job = self.one(pk)
        after, limit = asked["after"] or 0, asked["limit"] or 500
        lines = lines_after(log_of(job, device=asked["device"], levels=asked["level"]), after, limit)
        is_last = len(lines) < limit
        # past the last line that matched stand none before `log_seq`, which was read before the lines
        next_after = max(after, job.log_seq) if is_last else lines[-1].seq
        if is_last and lines:
            next_after = max(next_after, lines[-1].seq)
        return Response(
            {
                "lines": LogLineSerializer(lines, many=True).data,
                "next_after": next_after,
                "complete": is_last and job.is_ended,
            }
        )

    def _created(self, job: Job) -> Response:
        place = reverse("api:job-detail", args=[job.pk], request=self.request)
        return Response(self.show(self.one(job.pk)), status=201, headers={"Location": place})


class TargetEndpoint(Endpoint[JobTarget]):
    """The devices of one job."""

    permission = Permission.VIEW
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    order_by = {  # noqa: RUF012
        "id": "pk",
        "hostname": "device__hostname",
        "status": "status",
        "finished_at": "finished_at",
    }

    def rows(self) -> QuerySet[JobTarget]:
        rows = targets_for(user_of(self.request)).filter(job=self.kwargs["pk"])
        return rows.select_related("device").order_by("pk")

    @operation(answer=TargetSerializer, many=True)
    def of_job(self, request: Request, pk: int) -> Response:
        """List a job's targets: what became of each of its devices."""
        self._job(pk)
        return self.list(request)

    def _job(self, pk: int) -> Job:
        job = jobs_for(user_of(self.request)).filter(pk=pk).first()
        if job is None:
            raise Http404
        return job
