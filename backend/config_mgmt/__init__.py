"""Captured configurations and their differences."""
