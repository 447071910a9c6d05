"""Endpoints: the audit trail."""
