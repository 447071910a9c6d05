"""Endpoints: users."""
