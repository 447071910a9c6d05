"""Devices and credentials from CSV files."""
