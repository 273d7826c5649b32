"""The routes of `platform_kit.access.ROUTES` on a REST API: no route exists that is not in that table."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from platform_kit.access import Auth, Route

BUFFERED_TIMEOUT: Final = Duration.seconds(29)
STREAMING_TIMEOUT: Final = Duration.minutes(15)
_KEYED: Final = frozenset({Auth.BEARER, Auth.RUN})


class RestRoutes:
    """Adds methods to an API: the function's integration, the authoriser and the plan key where the table says so.

    `tops` are the resources that routes hang on, by the first part of their paths.
    """

    def __init__(
        self,
        tops: Mapping[str, apigateway.IResource],
        authoriser: apigateway.IAuthorizer,
        functions: Mapping[str, lambda_.IFunction],
    ) -> None:
        self._tops = tops
        self._authoriser = authoriser
        self._functions = functions

    @cached_property
    def _integrations(self) -> dict[tuple[str, bool], apigateway.LambdaIntegration]:
        return {}

    def add(self, routes: Iterable[Route]) -> list[apigateway.Method]:
        """One method for each route."""
        return [self._add(route) for route in routes]

    def _add(self, route: Route) -> apigateway.Method:
        keyed = route.auth in _KEYED
        below = route.path.removeprefix(f"/{top_of(route)}/")
        resource = self._tops[top_of(route)].resource_for_path(below)
        return resource.add_method(
            route.method,
            self._integration(route),
            authorizer=self._authoriser if keyed else None,
            authorization_type=apigateway.AuthorizationType.CUSTOM if keyed else apigateway.AuthorizationType.NONE,
            api_key_required=keyed,
        )

    def _integration(self, route: Route) -> apigateway.LambdaIntegration:
        key = (route.function, route.streaming)
        if key not in self._integrations:
            self._integrations[key] = integration(self._functions[route.function], streaming=route.streaming)
        return self._integrations[key]


def top_of(route: Route) -> str:
    """The first part of a route's path: `v1`."""
    return route.path.split("/")[1]


def integration(function: lambda_.IFunction, *, streaming: bool) -> apigateway.LambdaIntegration:
    """Proxy integration: buffered, or streamed with the timeout streaming allows (its default is the buffered one)."""
    return apigateway.LambdaIntegration(
        function,
        scope_permission_to_method=False,
        timeout=STREAMING_TIMEOUT if streaming else BUFFERED_TIMEOUT,
        response_transfer_mode=(
            apigateway.ResponseTransferMode.STREAM if streaming else apigateway.ResponseTransferMode.BUFFERED
        ),
    )
