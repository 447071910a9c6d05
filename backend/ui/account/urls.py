"""Addresses of one's own account."""

from django.urls import path

from ui.account import views

urlpatterns = [
    path("", views.account, name="account"),
    path("password/", views.password, name="account_password"),
    path("second-factor/", views.manage_second_factor, name="account_second_factor"),
    path("second-factor/on/", views.turn_on_second_factor, name="account_second_factor_on"),
    path("end-logins/", views.end_other_logins, name="account_end_logins"),
    path("keys/new/", views.new_key, name="account_key_new"),
    path("keys/<int:pk>/revoke/", views.end_key, name="account_key_revoke"),
]
