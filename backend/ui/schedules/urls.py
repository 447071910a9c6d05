"""Pages of schedules."""

from django.urls import path

from ui.schedules import views

urlpatterns = [
    path("", views.schedule_list, name="schedule_list"),
    path("new/", views.schedule_new, name="schedule_new"),
    path("moments/", views.schedule_moments, name="schedule_moments"),
    path("<int:pk>/", views.schedule_detail, name="schedule_detail"),
    path("<int:pk>/edit/", views.schedule_edit, name="schedule_edit"),
    path("<int:pk>/run/", views.schedule_run, name="schedule_run"),
    path("<int:pk>/switch/", views.schedule_switch, name="schedule_switch"),
    path("<int:pk>/delete/", views.schedule_delete, name="schedule_delete"),
]
