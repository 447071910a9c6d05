"""What exists: sites, credentials, devices."""
