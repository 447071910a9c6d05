"""Every page."""

from django.urls import include, path

from ui.dashboard.views import dashboard
from ui.shell.views import styleguide, switch_customer

app_name = "ui"
urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("devices/", include("ui.devices.urls")),
    path("", include("ui.snapshots.urls")),
    path("", include("ui.discovery.urls")),
    path("", include("ui.monitoring.urls")),
    path("jobs/", include("ui.jobs.urls")),
    path("commands/allowed/", include("ui.commands.urls")),
    path("schedules/", include("ui.schedules.urls")),
    path("", include("ui.terminals.urls")),
    path("notifications/", include("ui.notifications.urls")),
    path("account/", include("ui.account.urls")),
    path("", include("ui.topology.urls")),
    path("customers/", include("ui.customers.urls")),
    path("audit/", include("ui.audit.urls")),
    path("switch-customer/", switch_customer, name="switch_customer"),
    path("styleguide/", styleguide, name="styleguide"),
]
