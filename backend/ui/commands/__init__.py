"""Pages: show commands."""
