"""Users, with a role and the customers that they are assigned to, and API keys."""

from __future__ import annotations

from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models import Customer
from users.enums import Role


class User(AbstractUser):
    """A person or a machine account. Superusers only add Django's admin pages to the admin role."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    customers = models.ManyToManyField(Customer, related_name="users", blank=True)
    all_customers = models.BooleanField(default=False, help_text="Sees every customer; admins only.")

    api_key: APIKey | None = None
    """The key that this request or socket came with: `may()` and the selectors stay within it. No column."""

    class Meta(AbstractUser.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(all_customers=False) | Q(role=Role.ADMIN), name="all_customers_needs_admin"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            # Django's admin pages know no customers: only who may see all of them gets in
            models.CheckConstraint(
                condition=Q(is_superuser=False, is_staff=False) | Q(all_customers=True),
                name="admin_pages_need_all_customers",
            ),
        )


class APIKey(models.Model):
    """A key for another system. The secret is shown once; only its hash is kept."""

    name = models.CharField(max_length=100)
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=list)
    # said apart from `customers`: a key whose last customer is deleted must see none, not all
    all_customers = models.BooleanField(default=False, help_text="Reaches all customers of its user.")
    customers = models.ManyToManyField(Customer, related_name="api_keys", blank=True)
    source_networks = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @cached_property
    def customer_ids(self) -> frozenset[int] | None:
        """The customers that it is limited to; None: all of its user's."""
        return None if self.all_customers else frozenset(self.customers.values_list("pk", flat=True))
