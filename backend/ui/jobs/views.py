"""Jobs: the list, a new one, one live, its log."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from jobs.models import Job
from jobs.selectors import jobs_for
from jobs.services import JobRefused, cancel_job, retry_failed
from ui.decorators import page
from ui.jobs.detail import detail_context, targets_context
from ui.jobs.forms import NewJobForm
from ui.jobs.listing import list_filters, table_context
from ui.jobs.log import BadQuery, LogFilter
from ui.jobs.window import asked_window, log_text
from ui.scope import current_customer, user_of
from users.permissions import Permission

STOP_POLLING = 286


def _job(request: HttpRequest, pk: int) -> Job:
    jobs = jobs_for(user_of(request)).select_related("customer", "requested_by")
    return get_object_or_404(jobs, pk=pk)


@page(Permission.VIEW)
def job_list(request: HttpRequest) -> HttpResponse:
    """The list, or its table alone, which asks for itself as long as one of its jobs runs."""
    context = table_context(request)
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "jobs/list.html", context | list_filters(request))
    return render(request, "jobs/list.html#table", context, status=200 if context["is_live"] else STOP_POLLING)


@page(Permission.RUN_READ_JOBS, methods=("GET", "POST"))
def job_new(request: HttpRequest) -> HttpResponse:
    """The form, filled in from the query; its choice of devices alone for a fragment."""
    user, customer = user_of(request), current_customer(request)
    if request.method != "POST":
        form = NewJobForm.opened(request, user, customer)
        fragment = "#devices" if request.htmx else ""  # type: ignore[attr-defined]
        return render(request, f"jobs/new.html{fragment}", {"form": form})
    form = NewJobForm(request.POST, request=request, user=user, customer=customer)
    if form.is_valid() and (job := form.start()) is not None:
        return redirect("ui:job_detail", job.pk)
    return render(request, "jobs/new.html", {"form": form}, status=422)


@page(Permission.VIEW)
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One job, live; its targets alone for a fragment."""
    job = _job(request, pk)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "jobs/detail.html#targets", targets_context(request, job))
    return render(request, "jobs/detail.html", detail_context(request, job))


@page(Permission.VIEW)
def job_log(request: HttpRequest, pk: int) -> HttpResponse:
    """A window of the log: `before=SEQ`, `after=SEQ`, `error_after=SEQ` (around the next error), or the last lines."""
    job = _job(request, pk)
    try:
        window = asked_window(job, request.GET)
    except BadQuery as error:
        return HttpResponseBadRequest(str(error))
    response = render(request, "components/log_lines.html", {"lines": window.rows})
    for name in ("first", "last", "mark"):
        response[f"X-Log-{name}"] = str(getattr(window, name))
    return response


@page(Permission.VIEW)
def job_log_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The log as a text file, of one device or of some levels if asked."""
    job = _job(request, pk)
    try:
        lines = LogFilter.from_query(request.GET).lines(job)
    except BadQuery as error:
        return HttpResponseBadRequest(str(error))
    response = StreamingHttpResponse(log_text(lines), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="job-{job.pk}.log"'
    return response  # type: ignore[return-value]  # a page like any other, but no HttpResponse to the type checker


@page(Permission.VIEW, methods=("POST",))
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the job to stop; who may, the service says by the job's kind."""
    job = _job(request, pk)
    try:
        cancel_job(actor=user_of(request), job=job)
    except JobRefused as refused:
        messages.warning(request, str(refused))
    return redirect("ui:job_detail", job.pk)


@page(Permission.VIEW, methods=("POST",))
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """A new job over the targets that did not succeed."""
    job = _job(request, pk)
    try:
        job = retry_failed(actor=user_of(request), job=job)
    except JobRefused as refused:
        messages.warning(request, str(refused))
    return redirect("ui:job_detail", job.pk)
