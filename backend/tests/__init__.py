"""Tests that look at more than one app."""
