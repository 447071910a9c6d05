"""Endpoints: what is watched over time."""
