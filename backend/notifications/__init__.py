"""Who hears of jobs that end badly: channels, an outbox of deliveries, mail and signed webhooks."""
