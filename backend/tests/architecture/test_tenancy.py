"""Every table of a customer has its policy in the database, or a reason why not."""

from __future__ import annotations

from django.apps import apps
from django.db.models import ForeignKey, Model

from core import rls
from customers.models import Customer
from tests.isolation.world import OF_A_CUSTOMER

OPEN = {"users_user_customers", "users_apikey_customers"}
"""Read to find out whose rows somebody may see: before there is a scope."""
NOT_GUARDED = {"users.User", "users.APIKey"}
"""Of several customers, or of none: they are read to find out who asks. Selectors are their only wall."""


def leads_to_a_customer(model: type[Model], passed: frozenset[type[Model]] = frozenset()) -> bool:
    if model is Customer:
        return True
    pointed_at = {field.related_model for field in model._meta.concrete_fields if isinstance(field, ForeignKey)}
    return any(leads_to_a_customer(other, passed | {model}) for other in pointed_at - passed - {model})


def test_every_table_that_leads_to_a_customer_is_guarded_or_left_open_by_name() -> None:
    ours = [model for model in apps.get_models(include_auto_created=True) if leads_to_a_customer(model)]
    assert {model._meta.db_table for model in ours} == set(rls.policies()) | OPEN
    assert set(rls.OPEN) == OPEN


def test_every_model_of_a_customer_is_guarded() -> None:
    guarded = set(rls.policies())
    left = {label for label in OF_A_CUSTOMER if apps.get_model(label)._meta.db_table not in guarded}
    assert left == NOT_GUARDED


def test_a_table_goes_by_its_own_customer_where_it_names_one() -> None:
    for model in apps.get_models():
        names_one = [field for field in model._meta.concrete_fields if field.related_model is Customer]
        if names_one and (policy := rls.policies().get(model._meta.db_table)):
            assert policy.column == names_one[0].column
            assert ("IS NULL" in policy.condition) == names_one[0].null
