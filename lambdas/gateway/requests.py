"""`http.fetch` and `http.send`: through the one guarded door out, to the host that policy was asked about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enforcement.errors import ToolUnreachable
from governance.toolbox.http import MOST_BYTES, Fetch, Fetched, NotText, Send, host_named, text_of
from platform_kit.errors import Forbidden, Unprocessable
from platform_kit.observability import count
from platform_kit.outbound import Answer, Limits, Outbound, OutboundFailed, OutboundRefused

AGENT: Final = "ambit-gateway"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CONNECT_SECONDS: Final = 3.0


@dataclass(frozen=True)
class HttpTools:
    """`outbound` is the door out; `seconds` bounds one request."""

    outbound: Outbound
    seconds: float

    def fetch(self, wanted: Fetch) -> Fetched:
        """Get a text. Forbidden for an address that may not be reached, Unprocessable for no text, ToolUnreachable."""
        return _told(self.ask("http.fetch", wanted.method, wanted.url, {"accept": wanted.accept}, None))

    def send(self, wanted: Send) -> Fetched:
        """Send a text; errors as `fetch`."""
        body = None if wanted.body is None else _bytes(wanted.body)
        headers = {"accept": "*/*"} if body is None else {"accept": "*/*", "content-type": wanted.content_type}
        return _told(self.ask("http.send", wanted.method, wanted.url, headers, body))

    def ask(self, tool: str, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """One request; Forbidden when it may not be made, ToolUnreachable when there is no answer in bounds."""
        limits = Limits(MOST_BYTES, min(_CONNECT_SECONDS, self.seconds), self.seconds)
        try:
            return self.outbound.request(method, url, {**headers, "user-agent": AGENT}, body, limits)
        except OutboundRefused as refused:
            count("ToolAddressRefused", tool=tool)
            raise Forbidden(f"That address may not be reached: {refused}.") from None
        except OutboundFailed as failed:
            raise _unreachable(tool, str(failed)) from None


def _unreachable(tool: str, why: str) -> ToolUnreachable:
    late = why == TimeoutError.__name__
    count("ToolTimeout" if late else "ToolUnreachable", tool=tool)
    words = {"too large": f"The answer has more than {MOST_BYTES // 1024} KiB.", "TimeoutError": "No answer in time."}
    return ToolUnreachable(words.get(why, "The host could not be reached, or did not speak HTTP."))


def _told(answer: Answer) -> Fetched:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    content_type = headers.get("content-type", "")[:200]
    redirects = answer.status in _REDIRECTS
    try:
        text = "" if redirects else text_of(answer.body, content_type)
    except NotText:
        raise Unprocessable(f"The answer ({answer.status}) is no text.") from None
    return Fetched(
        status=answer.status,
        content_type=content_type,
        text=text,
        bytes=len(answer.body),
        redirect_host=host_named(headers.get("location")) if redirects else None,
    )


def _bytes(text: str) -> bytes:
    try:
        body = text.encode()
    except UnicodeEncodeError:
        raise Unprocessable("body must be valid Unicode.") from None
    if len(body) > MOST_BYTES:
        raise Unprocessable(f"A body has at most {MOST_BYTES // 1024} KiB.")
    return body
