"""Admin: users and their API keys."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest, HttpResponse

from core.admin import AuditedAdmin
from core.services import audit
from users.models import APIKey, User


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin):
    list_display = ("username", "email", "role", "all_customers", "is_active", "last_login")
    list_filter = ("role", "is_active", "customers")
    filter_horizontal = ("customers", "groups", "user_permissions")
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("webnet", {"fields": ("role", "customers", "all_customers")}))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        answer = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            audit("user.set_password", User.objects.get(pk=id), actor=request.user)
        return answer


# allauth's own pages would change accounts past the audit trail
for model in (Authenticator, EmailAddress, EmailConfirmation, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(APIKey)
class APIKeyAdmin(AuditedAdmin):
    list_display = ("name", "prefix", "user", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = ("prefix", "last_used_at", "created_at")

    def has_add_permission(self, request: object) -> bool:
        return False  # a key's secret is made and shown once, which a form here cannot do
