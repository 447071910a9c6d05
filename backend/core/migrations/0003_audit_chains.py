import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def plain_reference(to):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    """Room for the chains, and references that stay as they are when what they name is deleted."""

    dependencies = [
        ("core", "0002_idempotent_answer"),
        ("customers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                (
                    "id",
                    models.BigIntegerField(help_text="Id of the customer, or 0.", primary_key=True, serialize=False),
                ),
                ("customer", plain_reference("customers.customer")),
                (
                    "number",
                    models.BigIntegerField(
                        help_text="In the order in which chains were begun: a lost one leaves a gap."
                    ),
                ),
                (
                    "begun",
                    models.BigIntegerField(default=0, help_text="Of the first chain: how many others were begun."),
                ),
                ("seq", models.BigIntegerField(default=0, help_text="Place of the last link.")),
                ("hash", models.CharField(blank=True, help_text="Of the last link.", max_length=64)),
                ("mac", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.RemoveIndex(model_name="auditevent", name="audit_customer_at"),
        migrations.RemoveIndex(model_name="auditevent", name="audit_object_at"),
        migrations.AlterField(
            model_name="auditevent", name="actor", field=plain_reference(settings.AUTH_USER_MODEL)
        ),
        migrations.AlterField(
            model_name="auditevent", name="customer", field=plain_reference("customers.customer")
        ),
        migrations.AlterField(model_name="auditevent", name="at", field=models.DateTimeField()),
        migrations.AddField(
            model_name="auditevent",
            name="api_key",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Prefix of the API key that the actor came with.",
                max_length=16,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditevent",
            name="hash",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditevent",
            name="seq",
            field=models.BigIntegerField(
                help_text="Place in the chain of its customer, or of the events of none; from 1.", null=True
            ),
        ),
    ]
