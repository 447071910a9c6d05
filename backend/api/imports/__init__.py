"""Endpoints: imports."""
