"""Endpoints: what operators may send, and what devices answered."""
