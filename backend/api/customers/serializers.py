"""Customers as JSON."""

from __future__ import annotations

from rest_framework import serializers

from customers.models import Customer


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    class Meta:
        model = Customer
        fields = ("id", "name", "slug")
