"""`files.read` and `files.write`: what they take and give. The files are the tenant's own."""

import base64
import binascii
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, model_validator

from governance.toolbox.arguments import ToolArguments, ToolResult
from platform_kit.errors import Unprocessable
from platform_kit.ids import is_id

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
LOOKED_AT: Final = 131_072
"""How many characters of a tenant's own file guardrails look at: it is data of the tenant's, and may be large."""
_MAX_BASE64: Final = (MAX_BODY_BYTES + 2) // 3 * 4
_MEDIA_TYPE: Final = r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:; ?charset=[A-Za-z0-9_-]+)?$"


def _file_id(value: str) -> str:
    if not is_id(value, "fil"):
        raise ValueError("not a file id")
    return value


def _plain(value: str) -> str:
    if not value.isprintable() or {"/", "\\"} & set(value) or set(value) <= {".", " "}:
        raise ValueError("a plain file name, without a path")
    return value


FileId = Annotated[str, Field(max_length=64, description="The file's id, `fil_…`."), AfterValidator(_file_id)]
FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
ContentType = Annotated[str, Field(max_length=100, pattern=_MEDIA_TYPE)]


class ReadFile(ToolArguments):
    """Which part of which file; offset and length in bytes."""

    file_id: FileId
    offset: Annotated[int, Field(ge=0, le=2**53, strict=True)] = 0
    length: Annotated[int, Field(ge=1, le=MAX_BODY_BYTES, strict=True)] = MAX_BODY_BYTES


class FilePart(ToolResult):
    """A part of a file: `bytes` is the whole file's size, `data` base64."""

    file_id: str
    name: str
    content_type: str
    bytes: int
    offset: int
    length: int
    data: str
    eof: bool

    def told(self) -> dict[str, Any]:
        """What the event log keeps of the result: sizes, no contents."""
        return {"fileId": self.file_id, "offset": self.offset, "bytes": self.length}

    def scanned(self) -> Any:
        """What guardrails look at: the bytes as text, when they are text."""
        return {"name": self.name, "text": text_in(base64.b64decode(self.data))[:LOOKED_AT]}

    def summary(self) -> str:
        """For a reader of text."""
        return f"{self.length} bytes of {self.name} from {self.offset} (of {self.bytes})"


class WriteFile(ToolArguments):
    """A file to leave in the tenant's bucket: its text, or its bytes in base64."""

    name: FileName
    content_type: ContentType
    text: Annotated[str, Field(max_length=MAX_BODY_BYTES)] | None = None
    data: Annotated[str, Field(max_length=_MAX_BASE64)] | None = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if (self.text is None) == (self.data is None):
            raise ValueError("give either text or data")
        return self

    def body(self) -> bytes:
        """The bytes; Unprocessable when they are not base64, not encodable, or more than 4 MiB."""
        try:
            body = self.text.encode() if self.text is not None else base64.b64decode(self.data or "", validate=True)
        except (binascii.Error, ValueError):
            raise Unprocessable("data must be base64 of the standard alphabet, text must be valid Unicode.") from None
        if len(body) > MAX_BODY_BYTES:
            raise Unprocessable("A tool writes at most 4 MiB at once.")
        return body

    def told(self) -> dict[str, Any]:
        """What the event log keeps of the arguments: everything but the body."""
        return {"name": self.name, "contentType": self.content_type}

    def scanned(self) -> Any:
        """What guardrails look at: the name, and the body when it is text."""
        return {"name": self.name, "text": text_in(self.body())[:LOOKED_AT]}


class WrittenFile(ToolResult):
    """Where the file is; size in bytes."""

    file_id: str
    key: str
    bytes: int

    def told(self) -> dict[str, Any]:
        """What the event log keeps of the result."""
        return {"fileId": self.file_id, "bytes": self.bytes}

    def summary(self) -> str:
        """For a reader of text."""
        return f"{self.bytes} bytes written as {self.file_id}"


def text_in(body: bytes) -> str:
    """The text that bytes are; "" for what is none."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return ""
