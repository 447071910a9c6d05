"""Pages of the commands that customers allow."""

from django.urls import path

from ui.commands import allowed

urlpatterns = [
    path("", allowed.allowed_list, name="allowed_list"),
    path("new/", allowed.allowed_new, name="allowed_new"),
    path("known/", allowed.allowed_known, name="allowed_known"),
    path("<int:pk>/edit/", allowed.allowed_edit, name="allowed_edit"),
    path("<int:pk>/delete/", allowed.allowed_delete, name="allowed_delete"),
]
