"""Addresses for who is not logged in yet. Their names are global: allauth and Django look some of them up."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from ui.account import reset, sign_in

urlpatterns = [
    path("login/", sign_in.LoginPage.as_view(), name="account_login"),
    path("login/second-factor/", sign_in.second_factor_page, name="mfa_authenticate"),
    path("login/set-up/", sign_in.set_up_page, name="login_set_up"),
    path("login/single-sign-on/", sign_in.single_sign_on, name="single_sign_on"),
    path("login/single-sign-on/callback/", sign_in.single_sign_on_callback, name="single_sign_on_callback"),
    path("login/forgotten/", reset.ask, name="password_reset"),
    path("login/forgotten/sent/", reset.sent, name="password_reset_sent"),
    path("login/forgotten/done/", reset.done, name="password_reset_done"),
    path("login/forgotten/link/", reset.link, name="password_reset_link"),
    path("logout/", LogoutView.as_view(), name="account_logout"),
    path("admin/login/", sign_in.admin_login),
]
