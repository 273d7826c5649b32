"""The options every command shares for who is calling, and the client made from them."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.ambit_cli import credentials, stack
from scripts.ambit_cli.exits import Exit, fail

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

Tenant = Annotated[
    str | None,
    typer.Option(
        envvar="AMBIT_TENANT", help="Local stack only: act as a machine client of this tenant (default acme)."
    ),
]


def tenant_client(tenant: str | None, *, role: str = "Tenant.Developer") -> "Client":
    """A client that acts inside a tenant."""
    from scripts.ambit_cli.client import Client

    found = stack.current()
    return Client(found.api_url, credentials.bearer(found, tenant=tenant, role=role))


def person_client(tenant: str | None, *, role: str = "Tenant.Admin") -> "Client":
    """A client that acts inside a tenant, for what no scope of an API key opens."""
    _refuse_api_key("is for people")
    return tenant_client(tenant, role=role)


def operator_client(*, role: str = "Platform.Operator") -> "Client":
    """A client that acts for the platform: AMBIT_TOKEN, or locally the machine client of this role."""
    _refuse_api_key("is for the platform's operators")
    tenant = "platform" if stack.current().local is not None else None
    return tenant_client(tenant, role=role)


def is_of_a_tenant() -> bool:
    """Whether who is signed in acts inside a tenant."""
    return credentials.is_of_a_tenant(stack.current())


def _refuse_api_key(why: str) -> None:
    """A key is not quietly passed over for a login: whoever set it means to act as that machine."""
    if os.environ.get(credentials.API_KEY):
        fail(f"this command {why} and no API key may do it: unset {credentials.API_KEY}.", Exit.NOT_ALLOWED)
