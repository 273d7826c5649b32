"""Requests to one provider: one origin, no redirect, no proxy, bounds on size and on every kind of waiting.

Failures come out as ModelErrors, in our words. Source of the statuses: each provider's page of errors; they agree.
"""

import contextlib
import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from model_gateway.errors import (
    AnswerInvalid,
    ModelError,
    ModelNotConfigured,
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    PromptRejected,
    StreamCut,
)

MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_LINE: Final = 1024 * 1024
_TOO_MANY: Final = 429
_CREDENTIAL: Final = frozenset({401, 403})
_LATER: Final = frozenset({408, 409, 425})
_SERVER: Final = 500
_MOST_RETRY_AFTER: Final = 3_600


@dataclass(frozen=True)
class Times:
    """How long is waited, in seconds: to connect, for the first byte, between bytes, for all of it."""

    connect: float = 3.0
    first_byte: float = 60.0
    between_bytes: float = 30.0
    whole: float = 600.0

    def of_httpx(self) -> httpx.Timeout:
        """For what comes before the first byte."""
        return httpx.Timeout(self.first_byte, connect=self.connect, pool=self.connect)


class Post(Protocol):
    """Where an adapter's requests go."""

    def whole(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that answers a request; ModelError."""
        ...

    def lines(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Generator[str]:
        """The lines that answer a request, as they come; ModelError."""
        ...


class ProviderHttp:
    """Requests to `origin` (`https://host`). Safe to share between threads."""

    def __init__(
        self,
        origin: str,
        times: Times | None = None,
        *,
        most_bytes: int = MOST_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._times = times or Times()
        self._most = most_bytes
        self._monotonic = monotonic
        self._client = httpx.Client(
            base_url=origin,
            timeout=self._times.of_httpx(),
            follow_redirects=False,
            trust_env=False,
            headers={"accept-encoding": "identity", "user-agent": "ambit"},
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def whole(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that answers a request; ModelError."""
        with _normalised(), self._answered(path, headers, body) as response:
            raw = b"".join(self._bytes(response))
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError):
                raise AnswerInvalid("The provider's answer is not JSON.") from None
        if not isinstance(value, dict):
            raise AnswerInvalid("The provider's answer is not a JSON object.")
        return value

    def lines(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Generator[str]:
        """The lines that answer a request, as they come, without their ends. StreamCut once the first has come."""
        begun = False
        with _normalised(lambda: begun), self._answered(path, headers, body) as response:
            rest = b""
            for chunk in self._bytes(response):
                *whole, rest = (rest + chunk).split(b"\n")
                if len(rest) > _MOST_LINE:
                    raise AnswerInvalid("The provider's answer has a line that is too long.")
                for line in whole:
                    begun = True
                    yield line.rstrip(b"\r").decode("utf-8", "replace")
            if rest:
                yield rest.rstrip(b"\r").decode("utf-8", "replace")

    @contextlib.contextmanager
    def _answered(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Iterator[httpx.Response]:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        said = {**headers, "content-type": "application/json"}
        with self._client.stream("POST", path, content=content, headers=said) as response:
            _check(response)
            # httpcore reads this when the body is asked for: from here on it is the wait between bytes.
            response.request.extensions["timeout"]["read"] = self._times.between_bytes
            yield response

    def _bytes(self, response: httpx.Response) -> Iterator[bytes]:
        read, until = 0, self._monotonic() + self._times.whole
        for chunk in response.iter_raw():
            read += len(chunk)
            if read > self._most:
                raise AnswerInvalid("The provider's answer is larger than is read.")
            if self._monotonic() > until:
                raise ModelTimeout("The provider took longer than a whole answer may.")
            yield chunk


@contextlib.contextmanager
def _normalised(begun: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Failures of httpx as ours; after the first byte each of them is a cut."""
    try:
        yield
    except httpx.HTTPError as failure:
        raise _failure(failure, begun=begun()) from None
    except ModelError as failure:
        if begun() and not isinstance(failure, AnswerInvalid):
            raise StreamCut("The provider's answer broke off: it took too long.") from None
        raise


def _failure(failure: httpx.HTTPError, *, begun: bool) -> ModelError:
    if begun:
        return StreamCut("The provider's answer broke off.")
    if isinstance(failure, httpx.ReadTimeout | httpx.WriteTimeout):
        return ModelTimeout("The provider did not begin to answer in time.")
    return ModelUnavailable("The provider cannot be reached.")


def _check(response: httpx.Response) -> None:
    """Raise what a status stands for; the body of a refusal is not read."""
    status = response.status_code
    if response.is_success:
        return
    if status == _TOO_MANY:
        raise ModelRateLimited("The provider takes no more requests at the moment.", retry_after=_after(response))
    if status in _CREDENTIAL:
        raise ModelNotConfigured("The provider does not accept the credential it was shown.")
    if status >= _SERVER or status in _LATER:
        raise ModelUnavailable(f"The provider answered {status}.", retry_after=_after(response))
    if response.is_redirect:
        raise AnswerInvalid("The provider answered with a redirect, which is not followed.")
    raise PromptRejected(f"The provider rejected the request ({status}).")


def _after(response: httpx.Response) -> int | None:
    """Whole seconds of `Retry-After`; a date there is not read."""
    text = response.headers.get("retry-after", "")
    return min(int(text), _MOST_RETRY_AFTER) if text.isascii() and text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004 - no huge numerals
