"""Tests of the scripts, manifests and lock files around the product."""
