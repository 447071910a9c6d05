"""Pages of jobs."""

from django.urls import path

from ui.commands.outputs import job_outputs, job_outputs_file
from ui.jobs.views import job_cancel, job_detail, job_list, job_log, job_log_download, job_new, job_retry

urlpatterns = [
    path("", job_list, name="job_list"),
    path("new/", job_new, name="job_new"),
    path("<int:pk>/", job_detail, name="job_detail"),
    path("<int:pk>/log/", job_log, name="job_log"),
    path("<int:pk>/log/download/", job_log_download, name="job_log_download"),
    path("<int:pk>/outputs/", job_outputs, name="job_outputs"),
    path("<int:pk>/outputs/file/", job_outputs_file, name="job_outputs_file"),
    path("<int:pk>/cancel/", job_cancel, name="job_cancel"),
    path("<int:pk>/retry/", job_retry, name="job_retry"),
]
