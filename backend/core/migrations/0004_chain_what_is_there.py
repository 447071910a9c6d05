from operator import attrgetter

from django.db import migrations

from core.append_only import lift
from core.chain import HEAD, ROW, chain_keys, link, seal

ROWS_AT_ONCE = 1000


def chain_rows(apps, schema_editor):
    """Rows of before become the first links, in the order in which they were written."""
    lift(schema_editor.connection.alias)  # on a database that once had this release
    AuditEvent, AuditChain = apps.get_model("core", "AuditEvent"), apps.get_model("core", "AuditChain")
    key = chain_keys()[0]
    first = AuditChain(id=0, number=0)
    heads = [first, *_others(AuditEvent, AuditChain)]
    first.begun = len(heads) - 1
    for head in heads:
        for rows in _batches(AuditEvent.objects.filter(customer_id=head.customer_id)):
            for row in rows:
                row.seq = head.seq = head.seq + 1
                row.hash = head.hash = link(key, head.hash, attrgetter(*ROW)(row))
            AuditEvent.objects.bulk_update(rows, ["seq", "hash"], batch_size=100)
        head.mac = seal(key, attrgetter(*HEAD)(head))
    AuditChain.objects.all().delete()
    AuditChain.objects.bulk_create(heads)


def _others(AuditEvent, AuditChain):
    customers = AuditEvent.objects.exclude(customer_id=None).order_by("customer_id")
    ids = customers.values_list("customer_id", flat=True).distinct()
    return [AuditChain(id=pk, customer_id=pk, number=number) for number, pk in enumerate(ids, 1)]


def _batches(rows):
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
        yield batch
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("core", "0003_audit_chains")]
    operations = [migrations.RunPython(chain_rows, migrations.RunPython.noop)]
