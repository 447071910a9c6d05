from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0004_chain_what_is_there")]

    operations = [
        migrations.AlterField(
            model_name="auditevent",
            name="seq",
            field=models.BigIntegerField(
                help_text="Place in the chain of its customer, or of the events of none; from 1."
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent", index=models.Index(fields=["customer", "-id"], name="audit_customer")
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
        ),
        migrations.AddIndex(model_name="auditevent", index=models.Index(fields=["actor", "-id"], name="audit_actor")),
        migrations.AddIndex(
            model_name="auditevent", index=models.Index(fields=["correlation_id"], name="audit_correlation")
        ),
        migrations.AddIndex(model_name="auditevent", index=models.Index(fields=["at"], name="audit_at")),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(fields=("customer", "seq"), name="audit_place_in_chain"),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("customer", None)), fields=("seq",), name="audit_place_without_customer"
            ),
        ),
    ]
