"""The policy of a principal: *every* method its roles may call, so that it may be cached for the next route too.

Made from the one table of routes and independent of the method that was asked for. Default deny. API Gateway matches
`*` across slashes, so a pattern could admit a deeper route than its own; any route that would slip in is denied again
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html).
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from platform_kit.access import ROUTES, Auth, Route, permitted

VERSION: Final = "2012-10-17"
RUN: Final = "run"
_METHOD_ARN: Final = re.compile(
    r"(arn:aws[a-z-]*:execute-api:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9]+/[A-Za-z0-9_-]+)/.+", re.DOTALL
)
_PARAMETER: Final = re.compile(r"\{[^}/]+\}")


def stage_arn(method_arn: str) -> str:
    """The API and stage of a method ARN, without the method and path; ValueError when it is no method ARN."""
    match = _METHOD_ARN.fullmatch(method_arn)
    if match is None:
        raise ValueError("not a method ARN")
    return match.group(1)


def allow(
    method_arn: str, credential: str, roles: frozenset[str], scopes: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The policy document for these roles, for a machine's scopes, or for a run token (`credential` is `run`)."""
    allowed, denied = patterns(credential, roles, scopes)
    stage = stage_arn(method_arn)
    statements = [_statement("Allow", stage, allowed), _statement("Deny", stage, denied)]
    return _document([statement for statement in statements if statement] or [_everything("Deny", stage)])


def deny_all(method_arn: str) -> dict[str, Any]:
    """The policy document of a principal that may do nothing."""
    return _document([_everything("Deny", stage_arn(method_arn))])


@lru_cache(maxsize=256)
def patterns(
    credential: str, roles: frozenset[str], scopes: frozenset[str] = frozenset()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`METHOD/path` patterns to allow, and those to deny again because an allowed one would admit them."""
    mine = [route for route in ROUTES if _may(route, credential, roles, scopes)]
    allowed = _compressed(_shortened(mine))
    others = (route for route in ROUTES if route not in mine)
    denied = {pattern_of(route) for route in others if any(covers(one, pattern_of(route)) for one in allowed)}
    return allowed, tuple(sorted(denied))


def pattern_of(route: Route) -> str:
    """`POST/v1/agents/*/invoke` for `POST /v1/agents/{agent}/invoke`."""
    return route.method + _PARAMETER.sub("*", route.path)


def covers(pattern: str, text: str) -> bool:
    """Whether the pattern matches the text, `*` standing for any characters, slashes included."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _may(route: Route, credential: str, roles: frozenset[str], scopes: frozenset[str]) -> bool:
    if route.auth is Auth.RUN:
        return credential == RUN
    return credential != RUN and permitted(route, roles, credential=credential, scopes=scopes)


def _shortened(mine: list[Route]) -> Iterable[str]:
    """Their patterns; one for all methods of a path where every one there is may be called."""
    methods: dict[str, list[Route]] = {}
    for route in ROUTES:
        methods.setdefault(_PARAMETER.sub("*", route.path), []).append(route)
    for path, every in methods.items():
        chosen = [route for route in every if route in mine]
        whole = len(every) > 1 and len(chosen) == len(every)
        yield from (f"*{path}",) if whole else map(pattern_of, chosen)


def _compressed(found: Iterable[str]) -> tuple[str, ...]:
    """Without the patterns that another one covers."""
    every = sorted(set(found))
    return tuple(one for one in every if not any(other != one and covers(other, one) for other in every))


def _statement(effect: str, stage: str, chosen: tuple[str, ...]) -> dict[str, Any] | None:
    if not chosen:
        return None
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": [f"{stage}/{one}" for one in chosen]}


def _everything(effect: str, stage: str) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": [f"{stage}/*"]}


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": statements}
