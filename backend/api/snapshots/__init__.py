"""Endpoints: snapshots."""
