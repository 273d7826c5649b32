"""The tools a running agent has: argument model, result model and a function each. No tool reaches outside a desk."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from data_access_lib import keys
from lambdas.gateway.run_desk import RunDesk
from platform_kit.errors import Forbidden, NotFound, Unprocessable
from platform_kit.ids import is_id, new_id
from platform_kit.models import ApiModel, ApiReply

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
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


class ReadFile(ApiModel):
    """Which part of which file; offset and length in bytes."""

    file_id: FileId
    offset: Annotated[int, Field(ge=0, le=2**53, strict=True)] = 0
    length: Annotated[int, Field(ge=1, le=MAX_BODY_BYTES, strict=True)] = MAX_BODY_BYTES

    def told(self) -> dict[str, Any]:
        """What the event log keeps of the arguments."""
        return self.model_dump(by_alias=True)


class FilePart(ApiReply):
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

    def summary(self) -> str:
        """For a reader of text."""
        return f"{self.length} bytes of {self.name} from {self.offset} (of {self.bytes})"


class WriteFile(ApiModel):
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


class WrittenFile(ApiReply):
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


Arguments = ReadFile | WriteFile
Result = FilePart | WrittenFile


def read_file(desk: RunDesk, run: Mapping[str, Any], wanted: ReadFile) -> FilePart:
    """Part of a file that this run was given or wrote; NotFound when there is none, Forbidden for any other file."""
    record = desk.files.get(wanted.file_id)
    if wanted.file_id not in _given(run) and record.get("createdBy") != desk.tenant.principal_id:
        raise Forbidden("This run was not given that file. Name it in the invocation's `files`.")
    part = desk.objects.get(record["key"], offset=wanted.offset, length=wanted.length)
    if part is None:
        raise NotFound("The file was described but never uploaded.")
    return FilePart(
        file_id=wanted.file_id,
        name=record["name"],
        content_type=record["contentType"],
        bytes=part.total,
        offset=wanted.offset,
        length=len(part.data),
        data=base64.b64encode(part.data).decode(),
        eof=part.eof,
    )


def write_file(desk: RunDesk, run: Mapping[str, Any], wanted: WriteFile) -> WrittenFile:
    """A new file of the tenant. Bytes first: a file that is listed can be downloaded."""
    body = wanted.body()
    file_id = new_id("fil")
    key = keys.file_object(desk.tenant.tenant_id, file_id, wanted.name)
    desk.objects.put(key, body, content_type=wanted.content_type)
    record = {
        "fileId": file_id,
        "key": key,
        "name": wanted.name,
        "contentType": wanted.content_type,
        "bytes": len(body),
        "createdBy": desk.tenant.principal_id,
        "createdAt": desk.now(),
        "runId": run["runId"],
    }
    desk.files.create(record)
    return WrittenFile(file_id=file_id, key=key, bytes=len(body))


@dataclass(frozen=True)
class Tool:
    """A tool as the gateway offers it; `arguments` and `result` are its schemas."""

    name: str
    description: str
    arguments: type[Arguments]
    result: type[BaseModel]
    run: Callable[[RunDesk, Mapping[str, Any], Any], Result]

    def listed(self) -> dict[str, Any]:
        """As `tools/list` shows it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": self.arguments.model_json_schema(by_alias=True),
            "outputSchema": self.result.model_json_schema(by_alias=True, mode="serialization"),
        }


_READ: Final = Tool(
    "files.read",
    "Read up to 4 MiB of a file that this run was given, from any offset; `data` is base64.",
    ReadFile,
    FilePart,
    read_file,
)
_WRITE: Final = Tool(
    "files.write",
    "Leave a file of at most 4 MiB in the tenant's bucket, as `text` or as base64 `data`.",
    WriteFile,
    WrittenFile,
    write_file,
)
TOOLS: Final[Mapping[str, Tool]] = MappingProxyType({tool.name: tool for tool in (_READ, _WRITE)})


def _given(run: Mapping[str, Any]) -> set[str]:
    files = run.get("files") or ()
    return {str(item["fileId"]) if isinstance(item, Mapping) else str(item) for item in files}
