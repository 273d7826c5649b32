"""From a failure to `application/problem+json` (RFC 9457). The only place where errors meet HTTP."""

from typing import TYPE_CHECKING, Any, Final

from platform_kit.errors import AmbitError, FieldError, InvalidBody, MethodNotAllowed

if TYPE_CHECKING:
    from pydantic import ValidationError

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "https://ambit.dev/problems/"


def document(error: AmbitError, *, request_id: str, instance: str) -> dict[str, Any]:
    """The problem document; `instance` is the path of the request."""
    body: dict[str, Any] = {
        "type": TYPE_BASE + error.code.lower().replace("_", "-"),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": instance,
        "code": error.code,
        "requestId": request_id,
        **error.members,
    }
    if error.errors:
        body["errors"] = [{"pointer": item.pointer, "message": item.message} for item in error.errors]
    return body


def headers(error: AmbitError) -> dict[str, str]:
    """The headers that go with it: media type, `Retry-After` in seconds where waiting helps, `Allow` with a 405."""
    result = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
    if error.retry_after is not None:
        result["retry-after"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        result["allow"] = error.allow
    return result


def unexpected() -> AmbitError:
    """What a client learns of a failure nobody foresaw: nothing but the request id."""
    return AmbitError("Something went wrong on our side. Retry, and give the request id when you ask for help.")


def from_validation(error: "ValidationError") -> InvalidBody:
    """Name each bad field of a body by its JSON pointer; values are not repeated."""
    found = tuple(
        FieldError(_pointer(item["loc"]), _message(item))
        for item in error.errors(include_input=False, include_url=False)
    )
    return InvalidBody(f"{len(found)} problem(s) in the request body; see errors.", errors=found)


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _message(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        return "unknown field"
    return str(item["msg"]).removeprefix("Value error, ")  # what our own validators say, without pydantic's preface
