"""Which IP addresses a source may not connect to without “internal = true”: all that are not public."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from services.text import Text

_NAT64 = ip_network("64:ff9b::/96")
# Python's own lists differ between its versions; these are refused in all of them.
_CLOSED = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # with a metadata service
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # metadata service at a public address
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b:1::/48",  # NAT64 of a network's own
        "100::/64",
        "2001::/23",  # with Teredo
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",  # site-local
    )
)


def refusal(address: str) -> Text | None:
    """Return why an IP address is refused, None for a public one.

    IPv6 addresses that stand for IPv4 ones (mapped, compatible, 6to4, Teredo) are refused; those of NAT64,
    which networks without IPv4 need, count as the IPv4 address in them.
    """
    found = ip_address(address)
    if found in _NAT64:
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    if _is_public(found):
        return None
    return Text(
        en=f"its address {address} is not a public one",
        ru=f"его адрес {address} не является публичным",
    )


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return not any(address in network for network in _CLOSED)
