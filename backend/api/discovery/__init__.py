"""Endpoints: facts and interfaces."""
