"""Endpoints: schedules."""
