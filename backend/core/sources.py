"""From which networks something may be used."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError

MOST_NETWORKS = 50


def may_come_from(address: str | None, networks: Collection[str]) -> bool:
    """Whether the address lies in one of the networks. Where none are named, every address may."""
    if not networks:
        return True
    if address is None:
        return False
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in ipaddress.ip_network(network) for network in networks)


def read_networks(given: Any, field: str) -> list[str]:
    """The networks in their canonical form, each once. Raises ValidationError for `field`."""
    if not isinstance(given, list | tuple) or not all(isinstance(text, str) for text in given):
        raise ValidationError({field: "A list of networks is expected."})
    networks: list[str] = []
    for text in given:
        try:
            network = str(ipaddress.ip_network(text.strip()))
        except ValueError as error:
            raise ValidationError({field: f"Not a network: {error}."}) from error
        if network not in networks:
            networks.append(network)
    if len(networks) > MOST_NETWORKS:
        raise ValidationError({field: f"At most {MOST_NETWORKS} networks."})
    return networks
