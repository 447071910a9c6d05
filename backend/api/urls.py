"""Every endpoint under /api/v1/."""

from typing import Any

from django.urls import path

from api.audit.views import AuditEventEndpoint
from api.auth.views import AccountEndpoint, LoginEndpoint, RefreshEndpoint
from api.commands.allowed import AllowedCommandEndpoint
from api.commands.outputs import OutputEndpoint
from api.customers.ranges import IPRangeEndpoint
from api.customers.views import CustomerEndpoint
from api.devices.credentials import CredentialEndpoint
from api.devices.sites import SiteEndpoint
from api.devices.tags import TagEndpoint
from api.devices.views import DeviceEndpoint, DeviceJobEndpoint, DeviceSnapshotEndpoint
from api.discovery.views import DeviceInterfaceEndpoint, FactsEndpoint, InterfaceEndpoint
from api.imports.views import ImportEndpoint
from api.jobs.views import JobEndpoint, TargetEndpoint
from api.keys.views import KeyEndpoint
from api.monitoring.views import ReachabilityEndpoint
from api.notifications.channels import ChannelEndpoint
from api.notifications.deliveries import DeliveryEndpoint
from api.resource import resource
from api.saved_filters.views import SavedFilterEndpoint
from api.schedules.views import ScheduleEndpoint
from api.sessions.views import SessionEndpoint
from api.snapshots.views import SnapshotEndpoint
from api.topology.layouts import LayoutEndpoint
from api.topology.views import LinkEndpoint, NeighbourEndpoint
from api.users.views import UserEndpoint

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
    *resource("customers", CustomerEndpoint, "customer"),
    path(
        "customers/<int:pk>/topology-layout/",
        LayoutEndpoint.as_view({"get": "kept", "put": "keep", "delete": "forget"}),
        name="topology-layout",
    ),
    *resource("ip-ranges", IPRangeEndpoint, "ip-range"),
    *resource("users", UserEndpoint, "user"),
    path("users/<int:pk>/customers/", UserEndpoint.as_view({"post": "assign"}), name="user-customers"),
    path("users/<int:pk>/customers/<int:customer>/", UserEndpoint.as_view({"delete": "remove"}), name="user-customer"),
    path("users/<int:pk>/activate/", UserEndpoint.as_view({"post": "activate"}), name="user-activate"),
    path("users/<int:pk>/deactivate/", UserEndpoint.as_view({"post": "deactivate"}), name="user-deactivate"),
    path("users/<int:pk>/password/", UserEndpoint.as_view({"post": "set_password"}), name="user-password"),
    path("users/<int:pk>/password/reset/", UserEndpoint.as_view({"post": "send_reset"}), name="user-password-reset"),
    path(
        "users/<int:pk>/api-keys/",
        KeyEndpoint.as_view({"get": "list_of_user", "post": "create_for_user"}),
        name="user-api-keys",
    ),
    path("api-keys/", KeyEndpoint.as_view({"get": "list", "post": "create"}), name="api-key-list"),
    path(
        "api-keys/<int:pk>/",
        KeyEndpoint.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
        name="api-key-detail",
    ),
    *resource("saved-filters", SavedFilterEndpoint, "saved-filter"),
    *resource("sites", SiteEndpoint, "site"),
    *resource("tags", TagEndpoint, "tag"),
    *resource("credentials", CredentialEndpoint, "credential"),
    *resource("allowed-commands", AllowedCommandEndpoint, "allowed-command"),
    *resource("devices", DeviceEndpoint, "device"),
    path("imports/", ImportEndpoint.as_view({"get": "list", "post": "create"}), name="import-list"),
    path("imports/<int:pk>/", ImportEndpoint.as_view(DETAIL), name="import-detail"),
    path("devices/<int:pk>/enable/", DeviceEndpoint.as_view({"post": "enable"}), name="device-enable"),
    path("devices/<int:pk>/disable/", DeviceEndpoint.as_view({"post": "disable"}), name="device-disable"),
    path("devices/<int:pk>/host-key/", DeviceEndpoint.as_view({"delete": "forget_host_key"}), name="device-host-key"),
    path("devices/<int:pk>/jobs/", DeviceJobEndpoint.as_view({"get": "of_device"}), name="device-jobs"),
    path("devices/<int:pk>/snapshots/", DeviceSnapshotEndpoint.as_view({"get": "of_device"}), name="device-snapshots"),
    path(
        "devices/<int:pk>/reachability/",
        ReachabilityEndpoint.as_view({"get": "of_device"}, basename="reachability-check"),
        name="device-reachability",
    ),
    path(
        "devices/<int:pk>/reachability/export/",
        ReachabilityEndpoint.as_view({"get": "export"}, basename="reachability-check"),
        name="device-reachability-export",
    ),
    path("devices/<int:pk>/facts/", FactsEndpoint.as_view({"get": "of_device"}), name="device-facts"),
    path(
        "devices/<int:pk>/interfaces/", DeviceInterfaceEndpoint.as_view({"get": "of_device"}), name="device-interfaces"
    ),
    path("interfaces/", InterfaceEndpoint.as_view(LIST, basename="interface"), name="interface-list"),
    path(
        "interfaces/export/",
        InterfaceEndpoint.as_view({"get": "export"}, basename="interface"),
        name="interface-export",
    ),
    path("interfaces/<int:pk>/", InterfaceEndpoint.as_view(DETAIL), name="interface-detail"),
    path("jobs/", JobEndpoint.as_view({"get": "list", "post": "create"}), name="job-list"),
    path("jobs/<int:pk>/", JobEndpoint.as_view(DETAIL), name="job-detail"),
    path("jobs/<int:pk>/targets/", TargetEndpoint.as_view({"get": "of_job"}), name="job-targets"),
    path("jobs/<int:pk>/logs/", JobEndpoint.as_view({"get": "logs"}), name="job-logs"),
    path("jobs/<int:pk>/outputs/", OutputEndpoint.as_view({"get": "of_job"}), name="job-outputs"),
    path("jobs/<int:pk>/outputs/export/", OutputEndpoint.as_view({"get": "files"}), name="job-outputs-export"),
    path("jobs/<int:pk>/outputs/<int:output>/", OutputEndpoint.as_view({"get": "text"}), name="job-output"),
    path("jobs/<int:pk>/output-groups/", OutputEndpoint.as_view({"get": "groups"}), name="job-output-groups"),
    path("jobs/<int:pk>/cancel/", JobEndpoint.as_view({"post": "cancel"}), name="job-cancel"),
    path("jobs/<int:pk>/retry/", JobEndpoint.as_view({"post": "retry"}), name="job-retry"),
    *resource("schedules", ScheduleEndpoint, "schedule"),
    path("schedules/<int:pk>/run/", ScheduleEndpoint.as_view({"post": "run"}), name="schedule-run"),
    path(
        "notification-channels/",
        ChannelEndpoint.as_view({"get": "list", "post": "create"}, basename="notification-channel"),
        name="notification-channel-list",
    ),
    path(
        "notification-channels/export/",
        ChannelEndpoint.as_view({"get": "export"}, basename="notification-channel"),
        name="notification-channel-export",
    ),
    path(
        "notification-channels/<int:pk>/",
        ChannelEndpoint.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
        name="notification-channel-detail",
    ),
    path(
        "notification-channels/<int:pk>/secret/",
        ChannelEndpoint.as_view({"post": "rotate"}),
        name="notification-channel-secret",
    ),
    path(
        "notification-channels/<int:pk>/test/",
        ChannelEndpoint.as_view({"post": "test"}),
        name="notification-channel-test",
    ),
    path("deliveries/", DeliveryEndpoint.as_view(LIST, basename="delivery"), name="delivery-list"),
    path(
        "deliveries/export/", DeliveryEndpoint.as_view({"get": "export"}, basename="delivery"), name="delivery-export"
    ),
    path("deliveries/<int:pk>/", DeliveryEndpoint.as_view(DETAIL), name="delivery-detail"),
    path("deliveries/<int:pk>/resend/", DeliveryEndpoint.as_view({"post": "resend"}), name="delivery-resend"),
    path("sessions/", SessionEndpoint.as_view(LIST, basename="session"), name="session-list"),
    path("sessions/export/", SessionEndpoint.as_view({"get": "export"}, basename="session"), name="session-export"),
    path("sessions/<int:pk>/", SessionEndpoint.as_view(DETAIL), name="session-detail"),
    path("sessions/<int:pk>/recording/", SessionEndpoint.as_view({"get": "recording"}), name="session-recording"),
    path("sessions/<int:pk>/end/", SessionEndpoint.as_view({"post": "end"}), name="session-end"),
    path("topology-links/", LinkEndpoint.as_view(LIST, basename="topology-link"), name="topology-link-list"),
    path(
        "topology-links/export/",
        LinkEndpoint.as_view({"get": "export"}, basename="topology-link"),
        name="topology-link-export",
    ),
    path("topology-links/way/", LinkEndpoint.as_view({"get": "way"}, basename="topology-link"), name="topology-way"),
    path("topology-links/<int:pk>/", LinkEndpoint.as_view(DETAIL), name="topology-link-detail"),
    path("neighbours/", NeighbourEndpoint.as_view(LIST, basename="neighbour"), name="neighbour-list"),
    path(
        "neighbours/export/",
        NeighbourEndpoint.as_view({"get": "export"}, basename="neighbour"),
        name="neighbour-export",
    ),
    path("neighbours/<int:pk>/", NeighbourEndpoint.as_view(DETAIL), name="neighbour-detail"),
    path("neighbours/<int:pk>/device/", NeighbourEndpoint.as_view({"post": "add"}), name="neighbour-device"),
    path("snapshots/", SnapshotEndpoint.as_view(LIST), name="snapshot-list"),
    path("snapshots/<int:pk>/", SnapshotEndpoint.as_view(DETAIL), name="snapshot-detail"),
]
