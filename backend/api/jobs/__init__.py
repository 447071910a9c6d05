"""Endpoints: jobs."""
