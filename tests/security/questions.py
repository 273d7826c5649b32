"""Puts cases to the running platform. What would change something is asked so that it is refused after admission."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from platform_kit.access import Auth
from tests.security.matrix import Case, body_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.security.inventory import Inventory

UNKNOWN: Final = {"no-such-parameter": "1"}
"""A query parameter that no route knows: 400, after who may call was decided and before anything is done."""
_AT_ONCE: Final = 4
_PATIENCE: Final = 12


@dataclass(frozen=True)
class Answer:
    """What came back for a case."""

    case: Case
    status: int
    code: str

    @property
    def wrong(self) -> str | None:
        """What is wrong with it, in a line; None when nothing is."""
        if self.status in self.case.expected:
            return None
        wanted = "enters" if self.case.enters else "/".join(map(str, sorted(self.case.expected)))
        return f"{self.case}: {wanted} expected, got {self.status} {self.code}"


class Asker:
    """Asks as one caller, over kept-alive connections."""

    def __init__(self, url: str, headers: dict[str, str], inventory: Inventory) -> None:
        self._inventory = inventory
        self._client = httpx.Client(base_url=url, headers=headers, timeout=60)

    def all(self, cases: Iterable[Case]) -> list[Answer]:
        """The answers, a few at a time."""
        with ThreadPoolExecutor(_AT_ONCE) as pool, self._client:
            return list(pool.map(self.ask, cases))

    def ask(self, case: Case) -> Answer:
        """One answer; a plan's limit is waited for."""
        for attempt in range(_PATIENCE):
            answer = self._client.request(**self._request(case))
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            time.sleep(float(answer.headers.get("retry-after") or 0) or 0.2 * (attempt + 1))
        return Answer(case, answer.status_code, _code(answer))

    def _request(self, case: Case) -> dict[str, Any]:
        route = case.route
        request: dict[str, Any] = {"method": route.method, "url": self._path(case), "headers": {}}
        request["headers"]["accept"] = "application/json"
        if route.method == "GET":
            return request
        request["headers"] |= {"if-match": '"1"', "idempotency-key": uuid.uuid4().hex}
        if not case.foreign and case.route.auth is not Auth.COOKIE:
            request["params"] = UNKNOWN
        body = body_of(route)
        return request | ({"json": body} if body is not None else {})

    def _path(self, case: Case) -> str:
        """Own ids to look at; nothing that exists to change; another tenant's id in either."""
        owner = case.caller.other if case.foreign else case.caller.tenant or "acme"
        changes = case.route.method != "GET" and not case.foreign and case.route.auth is not Auth.PUBLIC
        return self._inventory.path(case.route, None if changes else owner)


def _code(answer: httpx.Response) -> str:
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return str(answer.json()["code"])
    return "" if answer.is_success or answer.is_redirect else answer.text[:80]
