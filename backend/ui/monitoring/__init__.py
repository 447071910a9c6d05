"""Pages: what is watched over time."""
