"""Pages of what is watched over time."""

from django.urls import path

from ui.monitoring.views import device_reachability

urlpatterns = [
    path("devices/<int:pk>/reachability/", device_reachability, name="device_reachability"),
]
