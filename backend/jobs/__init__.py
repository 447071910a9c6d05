"""A job's life, whatever its kind."""
