"""What a customer's operators may send besides the list, and what devices answered: texts stored once."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.invariants import same_customer
from customers.models import Customer
from jobs.models import JobTarget
from networkops.platforms import PLATFORMS
from networkops.readonly import LONGEST, bad_pattern, normal


class AllowedCommand(models.Model):
    """A command that this customer's operators may send to devices of a platform, though the list has it not."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    platform = models.CharField(max_length=32, choices=[(key, row.label) for key, row in PLATFORMS.items()])
    command = models.CharField(max_length=LONGEST, help_text="Plain words; * stands for any one word.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is harmless.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("platform", "command")
        verbose_name = "allowed command"
        constraints = (
            models.UniqueConstraint(fields=["customer", "platform", "command"], name="allowedcommand_once"),
            models.CheckConstraint(condition=~Q(command=""), name="allowedcommand_says_something"),
        )

    def __str__(self) -> str:
        return f"{self.platform}: {self.command}"

    def clean(self) -> None:
        if words := bad_pattern(self.command):
            raise ValidationError({"command": f"Not a command: {words}."})
        self.command = normal(self.command)


class OutputText(models.Model):
    """An answer of a customer's devices, its secrets masked, stored once per hash, compressed and encrypted."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)
    packed = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Characters.")
    lines = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["customer", "sha256"], name="outputtext_once_per_hash"),)

    def __str__(self) -> str:
        return self.sha256[:12]


class CommandOutput(models.Model):
    """One device's answer to one command of a job."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    target = models.ForeignKey(JobTarget, models.CASCADE, related_name="outputs")
    position = models.PositiveSmallIntegerField(help_text="Of the command among those of the job, from 0.")
    text = models.ForeignKey(OutputText, models.PROTECT, related_name="outputs", null=True)
    problem = models.CharField(max_length=500, blank=True, help_text="Why there is no whole answer, in words.")
    is_cut = models.BooleanField(default=False, help_text="The answer went on; its text says where it is cut.")
    took_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["target", "position"], name="output_once_per_command"),
            models.CheckConstraint(condition=Q(text__isnull=False) | ~Q(problem=""), name="output_has_text_or_problem"),
        )

    def __str__(self) -> str:
        return f"{self.target_id}/{self.position}"


same_customer("commands_commandoutput", target_id="jobs_jobtarget", text_id="commands_outputtext")
