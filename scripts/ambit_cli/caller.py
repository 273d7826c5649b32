"""The options every command shares for who is calling, and the client made from them."""

from typing import TYPE_CHECKING, Annotated

import typer

from scripts.ambit_cli import credentials, stack

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


def operator_client(*, role: str = "Platform.Operator") -> "Client":
    """A client that acts for the platform: AMBIT_TOKEN, or locally the machine client of this role."""
    from scripts.ambit_cli.client import Client

    found = stack.current()
    tenant = "platform" if found.local is not None else None
    return Client(found.api_url, credentials.bearer(found, tenant=tenant, role=role))
