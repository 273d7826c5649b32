"""The routes of the public API. A template holds 500 resources, so they are in two, each by whole branches of paths."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.platform_function import PlatformFunction
from infra.constructs.rest_api import PlatformRestApi
from infra.constructs.rest_routes import RestRoutes
from platform_kit.access import ROUTES, Route

OPERATORS_BRANCHES: Final = frozenset(
    {
        *("/v1/platform", "/v1/tenants", "/v1/operations", "/v1/issuers", "/v1/kill-switches", "/v1/tools"),
        *("/v1/templates", "/v1/versions", "/v1/evaluation-suites", "/v1/evaluation-runs"),
        *("/v1/tool-packs", "/v1/tool-pack-publishers"),
    }
)
"""Branches in the stack of operators' routes; every other is in that of tenants'.

A path's resource exists once, so a branch is in one stack whole, and by name: were it looked up in the routes' roles,
a new route would carry a branch from one stack to the other, where it cannot be made while it is still in the first.
"""


def branch_of(route: Route) -> str:
    """The first two parts of a route's path: `/v1/tenants`."""
    return "/".join(route.path.split("/")[:3])


def operators_routes() -> tuple[Route, ...]:
    """The routes of operators' branches."""
    return tuple(route for route in ROUTES if branch_of(route) in OPERATORS_BRANCHES)


def tenants_routes() -> tuple[Route, ...]:
    """All others."""
    return tuple(route for route in ROUTES if branch_of(route) not in OPERATORS_BRANCHES)


class RoutesStack(Stack):
    """Some of the API's resources and methods. Comes after the API and every function, before what deploys it."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        api: PlatformRestApi,
        functions: Mapping[str, PlatformFunction],
        routes: tuple[Route, ...],
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self.stage = settings.stage
        served = {name: function.function for name, function in functions.items()}
        RestRoutes(self._tops(api), api.authoriser, served).add(routes)

    def _tops(self, api: PlatformRestApi) -> dict[str, apigateway.IResource]:
        """The API's first resources as parents of what is made in this stack."""
        return {
            name: apigateway.Resource.from_resource_attributes(
                *(self, f"Below-{name}"), path=f"/{name}", resource_id=top.resource_id, rest_api=api
            )
            for name, top in api.tops.items()
        }
