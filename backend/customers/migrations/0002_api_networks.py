from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='api_networks',
            field=models.JSONField(blank=True, default=list, help_text='API keys and tokens reach this customer from these networks alone.'),
        ),
    ]
