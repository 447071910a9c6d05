"""Endpoints: notifications."""
