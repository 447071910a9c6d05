"""Walls of the architecture, held by tests."""
