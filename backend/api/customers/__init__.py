"""Endpoints: customers."""
