"""What a machine may do and from where: the options that API keys and AWS callers share, and the body made of them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

Scopes = Annotated[list[str], typer.Option("--scope", help="What it may do, such as agents:invoke; may be repeated.")]
Agents = Annotated[
    list[str] | None, typer.Option("--agent", help="Only this agent; may be repeated. Left out: any agent.")
]
Domains = Annotated[
    list[str] | None, typer.Option("--domain", help="Only agents of this domain; may be repeated. Left out: of any.")
]
Environment = Annotated[str, typer.Option(help="The environment whose agents it may use.")]
Addresses = Annotated[
    list[str] | None,
    typer.Option("--ip-allow", help="Only from this address or block, IPv4 or IPv6; may be repeated. Left out: any."),
]
Rate = Annotated[int | None, typer.Option(min=1, max=1000, help="At most so many runs started a second.")]
Days = Annotated[int | None, typer.Option(min=1, max=366, help="How long it lasts.")]


def grant(
    name: str,
    scopes: list[str],
    agents: list[str] | None,
    domains: list[str] | None,
    environment: str,
    addresses: list[str] | None,
    rate: int | None,
) -> dict[str, Any]:
    """The members of a request that limit a machine; what is not limited is left out."""
    asked: dict[str, Any] = {
        "name": name,
        "scopes": scopes,
        "agents": agents,
        "domains": domains,
        "environment": environment,
        "ipAllow": addresses,
        "ratePerSecond": rate,
    }
    return {member: value for member, value in asked.items() if value}


def ending(days: int | None) -> dict[str, str]:
    """`expiresAt` so many days from now; nothing when none are given."""
    if days is None:
        return {}
    return {"expiresAt": (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")}
