"""Pages: customers and their settings."""
