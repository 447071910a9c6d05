"""Users, with a role and the customers that they are assigned to, and API keys."""

from __future__ import annotations

from functools import cached_property
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac

from core.rls import leave_open
from customers.models import Customer
from users.enums import Role, SavedList


class User(AbstractUser):
    """A person or a machine account. Superusers only add Django's admin pages to the admin role."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    customers = models.ManyToManyField(Customer, related_name="users", blank=True)
    all_customers = models.BooleanField(default=False, help_text="Sees every customer; admins only.")

    logins_ended = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often every login session of the user was ended at once."
    )

    api_key: APIKey | None = None
    """The key that this request or socket came with: `may()` and the selectors stay within it. No column."""
    out_of_reach: frozenset[int] = frozenset()
    """Ids of customers that take no key or token from where this one came. No column either."""

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
            # who logs in as "Ada" must not be taken for "ada"; nor may a mail to reset a password have two readers
            models.UniqueConstraint(Lower("username"), name="username_once"),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once"),
        )

    def clean(self) -> None:
        super().clean()
        others, errors = User.objects.exclude(pk=self.pk), {}
        if others.filter(username__iexact=self.username).exists():
            errors["username"] = "This username is taken."
        if self.email and others.filter(email__iexact=self.email).exists():
            errors["email"] = "Another user has this address."
        if self.all_customers and self.role != Role.ADMIN:
            errors["all_customers"] = "Only admins see all customers."
        if errors:
            raise ValidationError(errors)

    def only_customer(self) -> Customer | None:
        """The customer whose audit trail tells of the user: there is one for who has one."""
        customers = list(self.customers.all()[:2]) if self.pk else []
        return customers[0] if len(customers) == 1 else None

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What login sessions and tokens are bound to: the password, and that they were not all ended since."""
        bound = f"{self.password} {self.logins_ended}" if self.logins_ended else self.password
        return salted_hmac("users.models.User.logins", bound, secret=secret, algorithm="sha256").hexdigest()


class TokenFamily(models.Model):
    """One login by the API, with all tokens that come from it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="token_families")
    current = models.CharField(max_length=32, help_text="Which of its refresh tokens is the one not yet used.")
    bound_to = models.CharField(max_length=64, help_text="The user's session hash at login: it ends with the password.")
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return f"login of {self.user.get_username()}"


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


# what may stand in the query of an address
query_validator = RegexValidator(r"^[A-Za-z0-9._~!$&'()*+,;=:@/?%\[\]-]*\Z", "Not the query of an address.")


class SavedFilter(models.Model):
    """A filter of one list under a name: for its owner alone, or for everybody who sees the customer."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_filters")
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="saved_filters",
        help_text="Shared with its users.",
    )
    name = models.CharField(max_length=100)
    list = models.CharField(max_length=20, choices=SavedList.choices)
    query = models.CharField(
        max_length=2000,
        blank=True,
        validators=[query_validator],
        help_text="For instance status=failed&ordering=-created_at.",
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("list", "name", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(list__in=SavedList.values), name="saved_filter_list_known"),
            models.UniqueConstraint(
                fields=["owner", "list", "name"],
                condition=Q(customer=None),
                name="saved_filter_once_per_owner",
                violation_error_message="There is a filter of this list with this name.",
            ),
            models.UniqueConstraint(
                fields=["customer", "list", "name"],
                name="saved_filter_once_per_customer",
                violation_error_message="The customer has a filter of this list with this name.",
            ),
        )

    def __str__(self) -> str:
        return self.name


for _table in ("users_user_customers", "users_apikey_customers"):
    leave_open(_table, "read to find out whose rows a user or a key may see")
