"""Pages of the audit trail."""

from django.urls import path

from ui.audit.views import audit_detail, audit_export, audit_list

urlpatterns = [
    path("", audit_list, name="audit_list"),
    path("export/", audit_export, name="audit_export"),
    path("<int:pk>/", audit_detail, name="audit_detail"),
]
