"""Which addresses lie in the public internet, by a table of our own.

Made from IANA's registries of special-purpose, multicast and IPv6 address space (RFC 6890; read 2026-11):
https://www.iana.org/assignments/iana-ipv4-special-registry · https://www.iana.org/assignments/iana-ipv6-special-registry
`ipaddress.is_global` is not asked: it lets several of these pass. IPv6 is closed by default: only 2000::/3 is assigned
as global unicast, so translated (64:ff9b::/96, 64:ff9b:1::/48), mapped (::ffff:0:0/96), local (fc00::/7, with the
instance metadata at fd00:ec2::254), site-local (fec0::/10), link-local, multicast and unassigned space is all outside.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_GLOBAL_UNICAST: Final = "2000::/3"
_SPECIAL: Final = {
    4: (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        "192.0.0.0/24",  # IETF protocol assignments, 192.0.0.8 and the discovery of NAT64 among them
        *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),  # documentation
        *("192.31.196.0/24", "192.175.48.0/24"),  # AS112: answered by whoever is nearest
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the limited broadcast
    ),
    6: (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarking, AMT, AS112
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    ),
}


def is_public(address: str) -> bool:
    """Whether this text is an IPv4 or IPv6 address of the public internet; False for whatever is no address."""
    from ipaddress import ip_address

    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if parsed.version == 6 and (parsed.scope_id or parsed not in _network(_GLOBAL_UNICAST)):  # noqa: PLR2004 - IPv6
        return False
    return not any(_contains(text, parsed) for text in _SPECIAL[parsed.version])


def _contains(text: str, address: "IPv4Address | IPv6Address") -> bool:
    return address in _network(text)


@cache
def _network(text: str) -> "IPv4Network | IPv6Network":
    from ipaddress import ip_network

    return ip_network(text)
