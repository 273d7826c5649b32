"""REQUEST authorisers: `context.identity.sourceIp` is an identity source that is always there.

Stock behaviour: every `context.` source counts as absent, so that with caching on each call is a 401.
"""

from __future__ import annotations

from typing import Any

from scripts.local_platform.emulator.seam import module, require

SOURCE_IP = "context.identity.sourceIp"


def source_ip(headers: dict[str, Any]) -> str:
    """The caller's address as the emulator itself reports it: first `x-forwarded-for`, else loopback."""
    forwarded = next((value for name, value in headers.items() if name.lower() == "x-forwarded-for"), "")
    first = forwarded[-1] if isinstance(forwarded, list) else forwarded
    return str(first).split(",")[0].strip() or "127.0.0.1"


def apply() -> None:
    """Answer that one source, and leave the others to the emulator."""
    gateway = module("services.apigateway_v1")
    require(gateway._request_identity_sources, 'elif src.startswith("context.")')  # noqa: SLF001
    resolve = gateway._request_identity_sources  # noqa: SLF001

    def resolve_each(identity_source: str, headers: Any, query: Any, stage: Any) -> tuple[bool, list[str]]:
        present, values = True, []
        for source in filter(None, (part.strip() for part in (identity_source or "").split(","))):
            if source == SOURCE_IP:
                values.append(source_ip(headers))
                continue
            found, resolved = resolve(source, headers, query, stage)
            present, values = present and found, values + resolved
        return present, values

    gateway._request_identity_sources = resolve_each  # noqa: SLF001
