"""Pages of devices."""

from django.urls import path

from ui.devices.views import device_detail, device_jobs, device_list, device_run

urlpatterns = [
    path("", device_list, name="device_list"),
    path("run/", device_run, name="device_run"),
    path("<int:pk>/", device_detail, name="device_detail"),
    path("<int:pk>/jobs/", device_jobs, name="device_jobs"),
]
