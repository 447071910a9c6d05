"""Pages: snapshots."""
