"""Every endpoint under /api/v1/."""

from typing import Any

from django.urls import path

from api.audit.views import AuditEventEndpoint
from api.auth.views import AccountEndpoint, LoginEndpoint, RefreshEndpoint
from api.customers.views import CustomerEndpoint
from api.devices.credentials import CredentialEndpoint
from api.devices.sites import SiteEndpoint
from api.devices.tags import TagEndpoint
from api.devices.views import DeviceEndpoint, DeviceJobEndpoint, DeviceSnapshotEndpoint
from api.jobs.views import JobEndpoint, TargetEndpoint
from api.resource import resource
from api.snapshots.views import SnapshotEndpoint

LIST: dict[str, Any] = {"get": "list"}
DETAIL: dict[str, Any] = {"get": "retrieve"}

app_name = "api"
urlpatterns = [
    path("auth/login/", LoginEndpoint.as_view({"post": "login"}), name="login"),
    path("auth/refresh/", RefreshEndpoint.as_view({"post": "refresh"}), name="refresh"),
    path("auth/logout/", AccountEndpoint.as_view({"post": "logout"}), name="logout"),
    path("auth/me/", AccountEndpoint.as_view({"get": "me"}), name="me"),
    path("audit-events/", AuditEventEndpoint.as_view(LIST, basename="audit-event"), name="audit-event-list"),
    path(
        "audit-events/export/",
        AuditEventEndpoint.as_view({"get": "export"}, basename="audit-event"),
        name="audit-event-export",
    ),
    path("audit-events/<int:pk>/", AuditEventEndpoint.as_view(DETAIL), name="audit-event-detail"),
    path("customers/", CustomerEndpoint.as_view(LIST), name="customer-list"),
    path("customers/<int:pk>/", CustomerEndpoint.as_view(DETAIL), name="customer-detail"),
    *resource("sites", SiteEndpoint, "site"),
    *resource("tags", TagEndpoint, "tag"),
    *resource("credentials", CredentialEndpoint, "credential"),
    *resource("devices", DeviceEndpoint, "device"),
    path("devices/<int:pk>/enable/", DeviceEndpoint.as_view({"post": "enable"}), name="device-enable"),
    path("devices/<int:pk>/disable/", DeviceEndpoint.as_view({"post": "disable"}), name="device-disable"),
    path("devices/<int:pk>/host-key/", DeviceEndpoint.as_view({"delete": "forget_host_key"}), name="device-host-key"),
    path("devices/<int:pk>/jobs/", DeviceJobEndpoint.as_view({"get": "of_device"}), name="device-jobs"),
    path("devices/<int:pk>/snapshots/", DeviceSnapshotEndpoint.as_view({"get": "of_device"}), name="device-snapshots"),
    path("jobs/", JobEndpoint.as_view({"get": "list", "post": "create"}), name="job-list"),
    path("jobs/<int:pk>/", JobEndpoint.as_view(DETAIL), name="job-detail"),
    path("jobs/<int:pk>/targets/", TargetEndpoint.as_view({"get": "of_job"}), name="job-targets"),
    path("jobs/<int:pk>/logs/", JobEndpoint.as_view({"get": "logs"}), name="job-logs"),
    path("jobs/<int:pk>/cancel/", JobEndpoint.as_view({"post": "cancel"}), name="job-cancel"),
    path("jobs/<int:pk>/retry/", JobEndpoint.as_view({"post": "retry"}), name="job-retry"),
    path("snapshots/", SnapshotEndpoint.as_view(LIST), name="snapshot-list"),
    path("snapshots/<int:pk>/", SnapshotEndpoint.as_view(DETAIL), name="snapshot-detail"),
]
