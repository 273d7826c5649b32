"""`http.fetch` and `http.send`: requests to hosts that the envelope's `egress` names."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from governance.toolbox.arguments import ToolArguments, ToolResult
from governance.toolbox.searching import is_text
from platform_kit.outbound import MOST_URL, OutboundRefused, Target, parse

MOST_BYTES: Final = 256 * 1024
"""Of a body, in either direction."""
_MOST_PATH_TOLD: Final = 200
_MEDIA_TYPE: Final = r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:; ?charset=[A-Za-z0-9_-]+)?$"
_ACCEPT: Final = r"^[A-Za-z0-9!#$&^_.+*/;=, -]+$"
_CHARSETS: Final = {
    "": "utf-8",  # none is named
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}


def _plain_url(value: str) -> str:
    try:
        parse(value)
    except OutboundRefused:
        raise ValueError(
            "not a URL in its plain spelling: https, a host in lower case (international names in their xn-- form), "
            "no user, no fragment, reserved characters percent-encoded"
        ) from None
    return value


Url = Annotated[str, Field(max_length=MOST_URL), AfterValidator(_plain_url)]


class _Request(ToolArguments):
    url: Url

    @property
    def target(self) -> Target:
        """Where it leads."""
        return parse(self.url)

    def hosts(self) -> tuple[str, ...]:
        """The one host of the URL."""
        return (self.target.host,)

    def _told(self, method: str) -> dict[str, Any]:
        """Without the query: it may be anything."""
        target = self.target
        return {"method": method, "origin": target.origin, "path": target.path.partition("?")[0][:_MOST_PATH_TOLD]}


class Fetch(_Request):
    """A request that changes nothing. Redirects are not followed."""

    method: Literal["GET", "HEAD"] = "GET"
    accept: Annotated[str, Field(max_length=200, pattern=_ACCEPT)] = "*/*"

    def plain(self) -> dict[str, Any]:
        """With the method, even when it was not given: policies bound it."""
        return {**super().plain(), "method": self.method}

    def told(self) -> dict[str, Any]:
        """What the event log keeps."""
        return self._told(self.method)


class Send(_Request):
    """A request that may change something. Redirects are not followed."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    content_type: Annotated[str, Field(max_length=100, pattern=_MEDIA_TYPE)] = "application/json"
    body: Annotated[str, Field(max_length=MOST_BYTES)] | None = None

    def plain(self) -> dict[str, Any]:
        """With the method, even when it was not given: policies bound it."""
        return {**super().plain(), "method": self.method}

    def told(self) -> dict[str, Any]:
        """What the event log keeps."""
        return {**self._told(self.method), "characters": len(self.body or "")}


class Fetched(ToolResult):
    """An answer: its status, its text, and, for a redirect, the host that it names."""

    status: int
    content_type: str
    text: str
    bytes: int
    redirect_host: str | None = None

    def told(self) -> dict[str, Any]:
        """What the event log keeps: no content."""
        return {"status": self.status, "bytes": self.bytes, "contentType": self.content_type}

    def summary(self) -> str:
        """The text, or what there is to say instead."""
        if self.redirect_host is not None:
            return f"{self.status}: it redirects to {self.redirect_host or 'somewhere'}; redirects are not followed."
        return self.text or f"{self.status}, {self.bytes} bytes"


class NotText(ValueError):
    """A body that is no text."""


def text_of(body: bytes, content_type: str) -> str:
    """A body as text, by its media type and character set; NotText for what is none."""
    media, *parameters = content_type.split(";")
    charsets = [value.strip().lower()[8:].strip('"') for value in parameters if value.strip().lower()[:8] == "charset="]
    encoding = _CHARSETS.get("".join(charsets))
    if not body:
        return ""
    if encoding is None or not (is_text(media) or media.strip() == "application/x-www-form-urlencoded"):
        raise NotText
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        raise NotText from None
    if "\x00" in text:
        raise NotText
    return text


def host_named(location: str | None) -> str:
    """The host that a `Location` header names; "" for a place on the same host, or none that can be told."""
    try:
        return parse(location or "").host
    except OutboundRefused:
        return ""
