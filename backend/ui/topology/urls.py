"""Pages of the topology."""

from django.urls import path

from ui.topology.views import (
    device_neighbours,
    topology,
    topology_add,
    topology_data,
    topology_layout,
    topology_links,
    topology_unknown,
)

urlpatterns = [
    path("topology/", topology, name="topology"),
    path("topology/data/<int:customer>/", topology_data, name="topology_data"),
    path("topology/layout/<int:customer>/", topology_layout, name="topology_layout"),
    path("topology/links/", topology_links, name="topology_links"),
    path("topology/unknown/", topology_unknown, name="topology_unknown"),
    path("topology/unknown/<int:pk>/", topology_add, name="topology_add"),
    path("devices/<int:pk>/neighbours/", device_neighbours, name="device_neighbours"),
]
