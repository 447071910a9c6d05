"""Endpoints: terminal sessions."""
