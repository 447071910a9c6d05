"""What exists: sites, credentials, tags and devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Now, Upper

from core.fields import EncryptedTextField
from core.invariants import addresses, same_customer, same_customer_pairs
from customers.models import Customer
from devices.counts import CountedDevices
from devices.enums import IMPORT_ENDED, DeviceRole, ImportKind, ImportStatus, LastBackup, Reachability
from networkops.platforms import LABELS, PLATFORMS

if TYPE_CHECKING:
    from networkops.platforms import Platform

hostname_validator = RegexValidator(
    r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$", "Letters, digits, dots, dashes and underscores only."
)


class Site(models.Model):
    """A place of a customer: a data centre, a point of presence."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="sites")
    name = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["customer", "name"], name="site_once_per_customer"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="site_coordinates_on_earth",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """How webnet logs in to devices. Secrets are encrypted, and write-only everywhere outside a job."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=100)
    username = models.CharField(max_length=100)
    password = EncryptedTextField(blank=True, default="")
    enable_secret = EncryptedTextField(blank=True, default="")
    private_key = EncryptedTextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["customer", "name"], name="credential_once_per_customer"),)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A customer's own word for some of its devices."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["customer", "name"], name="tag_once_per_customer"),)

    def __str__(self) -> str:
        return self.name


class AddressText(models.Func):
    """An address as text, without the length of its network that PostgreSQL's cast adds."""

    function = "HOST"
    arity = 1
    output_field = models.CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(expressions)s", **extra)


class Device(models.Model):
    """A router, switch or firewall of a customer."""

    # both keys are found by the first columns of indexes below
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="devices", db_index=False)
    hostname = models.CharField(max_length=253, validators=[hostname_validator])
    mgmt_ip = models.GenericIPAddressField("management address")
    port = models.PositiveIntegerField(default=22, validators=[MinValueValidator(1), MaxValueValidator(65535)])
    platform = models.CharField(max_length=32)
    role = models.CharField(max_length=16, choices=DeviceRole.choices, default=DeviceRole.OTHER)
    site = models.ForeignKey(Site, models.PROTECT, related_name="devices", db_index=False)
    credential = models.ForeignKey(Credential, models.PROTECT, related_name="devices", null=True, blank=True)
    tags = models.ManyToManyField(Tag, related_name="devices", blank=True)
    enabled = models.BooleanField(default=True, help_text="Jobs skip a disabled device.")
    host_key = models.TextField(blank=True, help_text="Pinned SSH host key; empty pins the first one seen.")
    connection_options = models.JSONField(default=dict, blank=True)
    reachability = models.CharField(max_length=16, choices=Reachability.choices, default=Reachability.UNKNOWN)
    reachability_at = models.DateTimeField(null=True, blank=True)
    latency_ms = models.FloatField(null=True, blank=True)
    model = models.CharField(max_length=100, blank=True)
    serial = models.CharField(max_length=100, blank=True)
    os_version = models.CharField(max_length=200, blank=True)
    uptime_s = models.PositiveBigIntegerField(null=True, blank=True)
    # written with every snapshot: lists and counts over all devices cannot look through the snapshots
    last_backup = models.CharField(max_length=16, choices=LastBackup.choices, default=LastBackup.NONE, editable=False)
    last_backup_at = models.DateTimeField(null=True, editable=False)
    backed_up_at = models.DateTimeField(null=True, editable=False, help_text="Of the last verified snapshot.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)
    # what a search looks through, in one column that one index covers
    search = models.GeneratedField(
        expression=Upper(Concat("hostname", Value(" "), "serial", Value(" "), AddressText("mgmt_ip"))),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = CountedDevices.as_manager()

    class Meta:
        ordering = ("hostname",)
        constraints = (
            models.UniqueConstraint(fields=["customer", "hostname"], name="device_hostname_once_per_customer"),
            models.UniqueConstraint(fields=["customer", "mgmt_ip", "port"], name="device_address_once_per_customer"),
            models.CheckConstraint(condition=Q(port__range=(1, 65535)), name="device_port_in_range"),
            models.CheckConstraint(condition=~Q(hostname=""), name="device_has_hostname"),
            models.CheckConstraint(condition=Q(reachability__in=Reachability.values), name="device_reachability_known"),
            models.CheckConstraint(condition=Q(role__in=DeviceRole.values), name="device_role_known"),
            models.CheckConstraint(condition=Q(last_backup__in=LastBackup.values), name="device_last_backup_known"),
        )
        # each order of the device list, ended by the id so that pages never overlap; on PostgreSQL a
        # migration adds device_by_backup, which Django cannot say for both databases
        indexes = (
            models.Index(
                # with what the list filters by: page and count come from the index alone
                fields=[
                    "customer",
                    "hostname",
                    "id",
                    "platform",
                    "role",
                    "reachability",
                    "enabled",
                    "site",
                    "last_backup",
                    "backed_up_at",
                    "search",
                ],
                name="device_by_hostname",
            ),
            # how many there are, in all and at each site, which the order by sites counts
            models.Index(fields=["customer", "site"], name="device_by_customer_site"),
            # for who sees all customers; ended by the customer, which row-level security asks for
            models.Index(fields=["hostname", "id", "customer"], name="device_of_all_by_hostname"),
            models.Index(fields=["mgmt_ip", "hostname", "id", "customer"], name="device_of_all_by_mgmt_ip"),
            models.Index(fields=["platform", "hostname", "id", "customer"], name="device_of_all_by_platform"),
            models.Index(fields=["role", "hostname", "id", "customer"], name="device_of_all_by_role"),
            models.Index(fields=["reachability", "hostname", "id", "customer"], name="device_of_all_by_reach"),
            models.Index(fields=["created_at", "hostname", "id", "customer"], name="device_of_all_by_created_at"),
            models.Index(fields=["customer", "platform", "hostname", "id"], name="device_by_platform"),
            models.Index(fields=["customer", "reachability", "hostname", "id"], name="device_by_reachability"),
            models.Index(fields=["customer", "role", "hostname", "id"], name="device_by_role"),
            models.Index(fields=["customer", "mgmt_ip", "id"], name="device_by_mgmt_ip"),
            models.Index(fields=["site", "hostname", "id", "customer"], name="device_by_site"),
            models.Index(
                fields=["customer", "-last_backup_at", "-id"],
                name="device_backup_failing",
                condition=Q(last_backup__in=[LastBackup.SUSPICIOUS, LastBackup.FAILED]),
            ),
        )

    def __str__(self) -> str:
        return self.hostname

    @property
    def platform_info(self) -> Platform:
        return PLATFORMS[self.platform]

    @property
    def platform_label(self) -> str:
        """The platform's name for people; the key itself where the table has no such row (any more)."""
        return LABELS.get(self.platform, self.platform)

    def clean(self) -> None:
        errors: dict[str, str] = {}
        if self.platform not in PLATFORMS:
            errors["platform"] = f"Unknown platform {self.platform!r}."
        if self.customer_id and not self.customer.owns_address(self.mgmt_ip):
            errors["mgmt_ip"] = "Outside the customer's address ranges."
        if self.site_id and self.site.customer_id != self.customer_id:
            errors["site"] = "This site belongs to another customer."
        if self.credential and self.credential.customer_id != self.customer_id:
            errors["credential"] = "This credential belongs to another customer."
        if errors:
            raise ValidationError(errors)


class DeviceCount(models.Model):
    """By how many a statement changed the number of a customer's devices; on PostgreSQL, where triggers write it."""

    # no constraint: what is left of a removed customer adds up to nothing, and goes when all are counted anew
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    change = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.change:+} of customer {self.customer_id}"


class InventoryImport(models.Model):
    """A CSV file of devices or credentials on its way into a customer's inventory."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="imports")
    kind = models.CharField(max_length=16, choices=ImportKind.choices)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey("users.APIKey", models.SET_NULL, null=True, related_name="+")
    dry_run = models.BooleanField(default=False, help_text="Tells what would happen, and writes nothing.")
    update_existing = models.BooleanField(default=False, help_text="Rows that are there are changed, not refused.")
    skip_faulty = models.BooleanField(
        default=False, help_text="Rows without a fault are written, whatever others have."
    )
    content = models.BinaryField(default=b"", help_text="The file, packed, until the import has ended.")
    status = models.CharField(max_length=16, choices=ImportStatus.choices, default=ImportStatus.QUEUED)
    rows_total = models.PositiveIntegerField(default=0)
    rows_checked = models.PositiveIntegerField(default=0)
    rows_written = models.PositiveIntegerField(default=0, help_text="Where another worker goes on after a lost one.")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    faults_total = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, help_text="The first of them: line, column, detail.")
    faulty_lines = models.JSONField(default=list)
    is_checked = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    source_address = models.GenericIPAddressField(null=True)
    runs = models.PositiveSmallIntegerField(default=0)
    run_token = models.UUIDField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="The running worker's last sign of life.")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=ImportKind.values), name="import_kind_known"),
            models.CheckConstraint(condition=Q(status__in=ImportStatus.values), name="import_status_known"),
        )
        indexes = (
            models.Index(fields=["customer", "-id"], name="import_by_customer"),
            models.Index(
                fields=["status"],
                name="import_open",
                condition=Q(status__in=[ImportStatus.QUEUED, ImportStatus.RUNNING]),
            ),
        )

    def __str__(self) -> str:
        return f"import of {self.kind} #{self.pk}"

    @property
    def is_ended(self) -> bool:
        return self.status in IMPORT_ENDED


same_customer("devices_device", site_id="devices_site", credential_id="devices_credential")
addresses(
    "devices_device",
    "mgmt_ip",
    "customer_id",
    reads="customers_customeriprange",
    # a change of the ranges takes the customer's row, and this waits for it
    lock="1 FROM customers_customer WHERE id IN (NEW.customer_id) ORDER BY id FOR KEY SHARE",
    foreign="SELECT 1 FROM customers_customeriprange r WHERE r.customer_id = NEW.customer_id AND NOT EXISTS ("
    "SELECT 1 FROM customers_customeriprange o WHERE o.customer_id = NEW.customer_id "
    "AND network_supeq(cidr(o.cidr), inet(NEW.mgmt_ip)))",
    message="a device stands outside the ranges of its customer",
)
same_customer_pairs("devices_device_tags", device_id="devices_device", tag_id="devices_tag")
