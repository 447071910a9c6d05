"""Fields and serializers for input: they take what they name, in the type that they name, and nothing else."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.core.validators import EmailValidator, RegexValidator
from django.db.models import Model, QuerySet
from rest_framework import serializers

from core.reading import AT_ONCE
from core.sources import MOST_NETWORKS

LARGEST_ID = 2**63 - 1

LONGEST_NETWORK = 49

_CONTROL = re.compile("[\x00-\x1f\x7f]")

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)

network_rule = RegexValidator(
    r"^(([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)(/[0-9.]+)?\Z", "Not a network."
)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know, by name, and in a change those that stay as they were made."""

    fixed: ClassVar[tuple[str, ...]] = ()
    rules: ClassVar[dict[str, Any]] = {}
    """What holds between the fields of a new row, as the schema has it."""
    rules_of_change: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self._refuse(set(data) - set(self.fields), "There is no such field.")
            if self.partial:
                self._refuse(set(data) & set(self.fixed), "This stays as it was made.")
        return super().to_internal_value(data)

    def _refuse(self, names: set[str], words: str) -> None:
        if names:
            raise serializers.ValidationError({name[:100]: [words] for name in sorted(names)})


class Nothing(StrictSerializer):
    """The body of an action that takes no input."""


class IdField(serializers.Field[int, int, int, Any]):
    """The id of a row: a whole number, neither a string nor a boolean."""

    default_error_messages = {"invalid": "An id is a whole number above 0."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> int:
        if not is_id(data):
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: int) -> int:
        return value


class IdListField(serializers.Field[list[int], list[int], list[int], Any]):
    """Ids of rows. One field instead of a list of fields: a hundred thousand ids are read in milliseconds."""

    default_error_messages = {  # noqa: RUF012
        "not_a_list": "A list of ids is expected.",
        "empty": "Give at least one id.",
        "too_many": "At most {limit} ids at once.",
        "invalid": "An id is a whole number above 0; item {number} is not.",
    }

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit = limit

    def to_internal_value(self, data: Any) -> list[int]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if not data:
            self.fail("empty")
        if len(data) > self.limit:
            self.fail("too_many", limit=self.limit)
        for number, value in enumerate(data, 1):
            if not is_id(value):
                self.fail("invalid", number=number)
        return list(data)

    def to_representation(self, value: list[int]) -> list[int]:
        return value


class ObjectField(serializers.Field[dict[str, Any], dict[str, Any], dict[str, Any], Any]):
    """A JSON object, whose inside somebody else checks."""

    default_error_messages = {"invalid": "An object is expected."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return dict(data)

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class Text(serializers.CharField):
    """One line of text, and nothing that would have to be made into text first. One with a rule is taken as it is."""

    default_error_messages = {"control": "Control characters are not allowed."}  # noqa: RUF012

    def __init__(
        self, *, max_length: int, rule: RegexValidator | None = None, kind: str | None = None, **kwargs: Any
    ) -> None:
        """`kind` is the schema's `format` of a text that somebody else checks."""
        if rule is not None:
            kwargs |= {"validators": [rule], "trim_whitespace": False}
        super().__init__(max_length=max_length, **kwargs)
        self.rule, self.kind = rule, kind

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if _CONTROL.search(data):
            self.fail("control")
        return super().to_internal_value(data)


class Email(Text):
    """A mail address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, validators=[EmailValidator()], **kwargs)


class Network(Text):
    """Addresses as `192.0.2.0/24` or `2001:db8::/32`, in their canonical form."""

    default_error_messages = {"network": "Not a network: {why}."}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_NETWORK, rule=network_rule, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return str(ipaddress.ip_network(text))
        except ValueError as error:
            self.fail("network", why=error)


class LongText(serializers.CharField):
    """Text of several lines."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number within bounds, as a number."""

    def __init__(self, *, min_value: int, max_value: int, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Number(serializers.DecimalField):
    """A number within bounds, as a number or as the text that an answer shows it as."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, int | float | str) or isinstance(data, bool):
            self.fail("invalid")
        if isinstance(data, float) and not math.isfinite(data):
            self.fail("invalid")
        if isinstance(data, str) and not _NUMBER.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """An empty text is no number, and does not stand for none."""
        return serializers.Field.validate_empty_values(self, data)


class YesNo(serializers.BooleanField):
    """True or false, and no other word for them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:100])
        return data


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:100])
        if data not in self.choices and not (data == "" and self.allow_blank):
            self.fail("invalid_choice", input=data[:100])
        return data


class Related(IdField):
    """The id of a row that the user sees; any other is answered like one that does not exist.

    `Related(sites_for, "site")`; the serializer's context has the `user`.
    """

    default_error_messages = {"none": "There is no such {thing}."}  # noqa: RUF012

    def __init__(self, rows: Callable[..., QuerySet[Any]], thing: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows, self.thing = rows, thing

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        known = self._known()
        row = known[pk] if pk in known else self.rows(self.context["user"]).filter(pk=pk).first()
        if row is None:
            self.fail("none", thing=self.thing)
        return row

    def to_representation(self, value: Model | int) -> int:
        return value if isinstance(value, int) else value.pk

    def preload(self, given: Iterable[object]) -> None:
        """Look up the ids of many bodies at once."""
        wanted = sorted({pk for pk in given if isinstance(pk, int) and is_id(pk)})
        known = self._known()
        known.update(dict.fromkeys(wanted))
        for start in range(0, len(wanted), AT_ONCE):
            rows = self.rows(self.context["user"]).filter(pk__in=wanted[start : start + AT_ONCE])
            known.update({row.pk: row for row in rows})

    def _known(self) -> dict[int, Any]:
        context: Any = self.context
        looked_up: dict[Any, dict[int, Any]] = context.setdefault("known", {})
        return looked_up.setdefault(self.rows, {})


class Address(serializers.CharField):
    """An IPv4 or IPv6 address, in its one canonical form."""

    default_error_messages = {"address": "This is no IPv4 or IPv6 address."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            if "%" in data:  # a zone means something on one machine alone
                raise ValueError
            return str(ipaddress.ip_address(data))
        except ValueError:
            self.fail("address")


class Words(serializers.Field[list[str], list[str], list[str], Any]):
    """A list of short texts, each of them once."""

    default_error_messages = {  # noqa: RUF012
        "not_a_list": "A list of texts is expected.",
        "too_many": "At most {limit}.",
        "invalid": "Item {number} is not a text of 1 to {length} characters.",
        "unfit": "Item {number}: {why}",
    }

    def __init__(self, *, limit: int, length: int, rule: RegexValidator | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit, self.length, self.rule = limit, length, rule

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > self.limit:
            self.fail("too_many", limit=self.limit)
        for number, value in enumerate(data, 1):
            if not isinstance(value, str) or not 1 <= len(value.strip()) <= self.length or _CONTROL.search(value):
                self.fail("invalid", number=number, length=self.length)
            if self.rule and not re.search(self.rule.regex, value):
                self.fail("unfit", number=number, why=self.rule.message)
        return list(dict.fromkeys(value.strip() for value in data))

    def to_representation(self, value: list[str]) -> list[str]:
        return value


class Networks(Words):
    """A list of networks, which `core.sources.read_networks` reads."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=MOST_NETWORKS, length=LONGEST_NETWORK, rule=network_rule, **kwargs)


def is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_ID
