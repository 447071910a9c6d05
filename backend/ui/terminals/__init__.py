"""Pages: terminals and recordings."""
