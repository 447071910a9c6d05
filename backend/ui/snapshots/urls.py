"""Pages of captured configurations."""

from django.urls import path

from ui.snapshots.views import (
    device_snapshots,
    snapshot_detail,
    snapshot_diff,
    snapshot_download,
    snapshot_list,
    snapshot_secrets,
)

urlpatterns = [
    path("snapshots/", snapshot_list, name="snapshot_list"),
    path("snapshots/diff/", snapshot_diff, name="snapshot_diff"),
    path("snapshots/<int:pk>/", snapshot_detail, name="snapshot_detail"),
    path("snapshots/<int:pk>/secrets/", snapshot_secrets, name="snapshot_secrets"),
    path("snapshots/<int:pk>/download/", snapshot_download, name="snapshot_download"),
    path("devices/<int:pk>/snapshots/", device_snapshots, name="device_snapshots"),
]
