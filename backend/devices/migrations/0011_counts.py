import django.db.models.deletion
from django.db import migrations, models

# As the tables' owner, in the scope of who writes: the role of a web process that runs through the migration may not write
# here before `webnet migrate` has granted it.
COUNTING = """
    CREATE FUNCTION devices_written() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO devices_devicecount (customer_id, change)
            SELECT customer_id, count(*) FROM written GROUP BY customer_id;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO devices_devicecount (customer_id, change)
            SELECT customer_id, -count(*) FROM gone GROUP BY customer_id;
        ELSE
            INSERT INTO devices_devicecount (customer_id, change) VALUES (OLD.customer_id, -1), (NEW.customer_id, 1);
        END IF;
        RETURN NULL; END $$;
    CREATE TRIGGER count_added AFTER INSERT ON devices_device
        REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION devices_written();
    CREATE TRIGGER count_removed AFTER DELETE ON devices_device
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION devices_written();
    CREATE TRIGGER count_moved AFTER UPDATE OF customer_id ON devices_device
        FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION devices_written();
    INSERT INTO devices_devicecount (customer_id, change)
        SELECT customer_id, count(*) FROM devices_device GROUP BY customer_id;
"""


def count(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT quote_ident(current_schema())")
            [schema] = cursor.fetchone()
        schema_editor.execute(COUNTING.format(schema=schema))


def count_no_more(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION devices_written() CASCADE")  # and its triggers with it


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_session_changes'),
        ('devices', '0010_counts_by_site'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeviceCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('change', models.IntegerField()),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer')),
            ],
        ),
        # in one transaction: with its triggers the table is locked against writers until the devices are counted
        migrations.RunPython(count, count_no_more),
    ]
