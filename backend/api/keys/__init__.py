"""Endpoints: API keys."""
