"""Where people are reached: addresses of mail and of machines."""

import re
from ipaddress import ip_address
from typing import Final

from governance.guardrails.classes import DataClass
from governance.guardrails.detector import CONTEXT, Detector, Span, stands_alone
from governance.guardrails.shapes import chars, digits, either, maybe, sequence, text, times, word

_FILES: Final = frozenset(
    (
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "pdf",
        "css",
        "js",
        "ts",
        "json",
        "html",
        "htm",
        "xml",
        "csv",
        "txt",
        "md",
        "zip",
        "local",
    )
)
_VERSION: Final = re.compile(rb"(?i)(?:version|release|build|firmware|\bver|\brev)\.?[ :=]{0,3}$")
_LEAST_GROUPS: Final = 3


def email(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """An address of mail (RFC 5321, dot-string form); none is `git@host`, nor a file such as `logo@2x.png`."""
    local, _, domain = data[start:end].decode("latin-1").rpartition("@")
    odd = local.startswith(".") or local.endswith(".") or ".." in local or len(domain) > 253  # noqa: PLR2004 - RFC 1035
    if odd or local == "git" or domain.rpartition(".")[2].lower() in _FILES:
        return None
    return start, end


def address(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """An IPv4 or IPv6 address of a machine somewhere: neither a version, nor this machine, a mask or everybody."""
    shown = data[start:end].decode()
    if not stands_alone(data, start, end) or _VERSION.search(data[max(start - CONTEXT, 0) : start]):
        return None
    return (start, end) if _somewhere(shown) else None


def _somewhere(shown: str) -> bool:
    try:
        found = ip_address(shown)
    except ValueError:
        return False
    if found.is_loopback or found.is_unspecified or found.is_multicast or shown.startswith(("0.", "255.")):
        return False
    return found.version == 4 or (shown.count(":") >= _LEAST_GROUPS - 1 and any(map(str.isdigit, shown)))  # noqa: PLR2004 - IPv4


_LOCAL: Final = chars(r"[A-Za-z0-9._%+'\x{c0}-\x{ff}-]", 1, 64)
_LABEL: Final = sequence(chars(r"[A-Za-z0-9\x{c0}-\x{ff}-]", 1, 63), text("."))
_EMAIL: Final = sequence(_LOCAL, text("@"), times(_LABEL, 1, 8), chars("[A-Za-z]", 2, 24))
_HEX: Final = chars("[0-9A-Fa-f]", 1, 4)
_MORE: Final = sequence(text(":"), _HEX)
_IPV4: Final = sequence(*(part for _ in range(3) for part in (digits(1, 3), text("."))), digits(1, 3))
_IPV6: Final = either(
    sequence(_HEX, times(_MORE, 7, 7)), sequence(_HEX, times(_MORE, 0, 6), text("::"), maybe(_HEX), times(_MORE, 0, 5))
)
DETECTORS: Final = (
    Detector(DataClass.EMAIL, _EMAIL, email, (b"@",)),
    Detector(DataClass.IP_ADDRESS, word(either(_IPV6, _IPV4)), address, (b".", b":")),
)
