"""Pages: topology."""
