"""Audit, tenancy primitives, encryption, health."""
