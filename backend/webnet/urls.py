"""Every URL of the product, but for `/healthz` and `/readyz`, which a middleware answers first."""

from django.contrib import admin
from django.urls import include, path, re_path

from api.schema.views import redoc, schema, swagger
from api.views import NoSuchAddress
from core.views import metrics

urlpatterns = [
    path("", include("ui.urls")),
    path("api/v1/", include("api.urls")),
    path("api/schema/", schema, name="api-schema"),
    path("api/docs/", swagger, name="api-docs"),
    path("api/redoc/", redoc, name="api-redoc"),
    re_path(r"^api(/|$)", NoSuchAddress.as_view()),
    path("", include("ui.account.public_urls")),
    path("admin/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
]

handler400 = "ui.errors.bad_request"
handler403 = "ui.errors.forbidden"
handler404 = "ui.errors.not_found"
handler500 = "ui.errors.server_error"
