"""Pages of customers."""

from django.urls import path

from ui.customers.views import customer_detail, customer_edit, customer_list

urlpatterns = [
    path("", customer_list, name="customer_list"),
    path("<int:pk>/", customer_detail, name="customer_detail"),
    path("<int:pk>/edit/", customer_edit, name="customer_edit"),
]
