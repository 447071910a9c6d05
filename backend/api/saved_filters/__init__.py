"""Endpoints: saved filters."""
