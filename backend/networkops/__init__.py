"""Talking to devices: plain specs in, events out. No Django below this package but for inventory.py."""
