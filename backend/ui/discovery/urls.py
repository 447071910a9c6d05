"""Pages of facts and interfaces."""

from django.urls import path

from ui.discovery.views import device_interfaces, device_interfaces_file

urlpatterns = [
    path("devices/<int:pk>/interfaces/", device_interfaces, name="device_interfaces"),
    path("devices/<int:pk>/interfaces/export/", device_interfaces_file, name="device_interfaces_file"),
]
