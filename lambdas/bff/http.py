"""HTTP to the identity provider: short timeouts, no redirects, bounded answers."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import urllib3

from lambdas.bff.errors import ProviderUnavailable
from lambdas.bff.oidc import parse_json_object

_MAX_ANSWER_BYTES: Final = 1024 * 1024
_TIMEOUT: Final = urllib3.Timeout(connect=2, read=6)


class PooledHttp:
    """Kept-alive connections of urllib3, which the AWS client brings along."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def get(self, url: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON object; ProviderUnavailable when there is no such answer."""
        return self._send("GET", url, None)

    def post_form(self, url: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and JSON object; ProviderUnavailable when there is no such answer."""
        return self._send("POST", url, urlencode(form).encode())

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _send(self, method: str, url: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        try:
            response = self._pool.request(
                method, url, body=body, headers=headers, redirect=False, preload_content=False
            )
            content = response.read(_MAX_ANSWER_BYTES)
            response.release_conn()
        except urllib3.exceptions.HTTPError:
            raise ProviderUnavailable from None
        return response.status, parse_json_object(content)
