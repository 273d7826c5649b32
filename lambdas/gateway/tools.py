"""The tools an agent may call: each with its arguments as a model, run for one tenant on behalf of one run."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from data_access_lib import keys
from data_access_lib.client import TenantScopedBucket
from data_access_lib.repositories.files import Files
from data_access_lib.tenant import TenantId
from lambdas.gateway.models import MAX_TOOL_BYTES, ReadFile, WriteFile
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import BadRequest, NotFound, PayloadTooLarge, Unprocessable
from platform_kit.ids import new_id
from platform_kit.models import ApiModel
from platform_kit.problem import from_validation

_BODIES: Final = frozenset({"text", "data"})


@dataclass(frozen=True)
class Workshop:
    """What tools work with: one tenant's files, for one principal (the run)."""

    tenant_id: TenantId
    principal_id: str
    files: Files
    objects: TenantScopedBucket
    clock: Clock


@dataclass(frozen=True)
class Tool:
    """One tool. `run` gives its structured result; failures are the platform's ordinary errors."""

    name: str
    description: str
    arguments: type[ApiModel]
    run: Callable[[Workshop, Any], dict[str, Any]]

    def described(self) -> dict[str, Any]:
        """As `tools/list` shows it."""
        schema = self.arguments.model_json_schema(by_alias=True)
        return {"name": self.name, "description": self.description, "inputSchema": schema}

    def call(self, workshop: Workshop, arguments: dict[str, Any]) -> dict[str, Any]:
        """Check the arguments and run; InvalidBody names each bad argument."""
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise from_validation(error) from None
        return self.run(workshop, checked)


def find(name: object) -> Tool:
    """The tool of exactly this name; NotFound otherwise. No folding of case or Unicode: a twin is another name."""
    tool = TOOLS.get(name) if isinstance(name, str) else None
    if tool is None:
        raise NotFound("There is no such tool. tools/list names those there are.")
    return tool


def without_bodies(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments as an event shows them: contents are left out, only their size stays."""
    return {
        name: {"characters": len(value)} if name in _BODIES and isinstance(value, str) else value
        for name, value in arguments.items()
    }


def _read_file(workshop: Workshop, wanted: ReadFile) -> dict[str, Any]:
    record = workshop.files.get(wanted.file_id)
    found = workshop.objects.get(record["key"], offset=wanted.offset, length=wanted.length)
    if found is None:
        raise Unprocessable("Nothing has been uploaded for this file yet.")
    return {
        "fileId": wanted.file_id,
        "name": record["name"],
        "contentType": record["contentType"],
        "bytes": found.total,
        "offset": wanted.offset,
        "length": len(found.data),
        "data": base64.b64encode(found.data).decode("ascii"),
        "eof": found.eof,
    }


def _write_file(workshop: Workshop, wanted: WriteFile) -> dict[str, Any]:
    body = _content(wanted)
    file_id = new_id("fil")
    key = keys.file_object(workshop.tenant_id, file_id, wanted.name)
    workshop.objects.put(key, body, content_type=wanted.content_type)
    workshop.files.create(
        {
            "fileId": file_id,
            "key": key,
            "name": wanted.name,
            "contentType": wanted.content_type,
            "bytes": len(body),
            "createdBy": workshop.principal_id,
            "createdAt": rfc3339(workshop.clock.now()),
        }
    )
    return {"fileId": file_id, "key": key, "bytes": len(body)}


def _content(wanted: WriteFile) -> bytes:
    if (wanted.text is None) == (wanted.data is None):
        raise BadRequest("Give the content as text or as data (base64), one of the two.")
    body = wanted.text.encode() if wanted.text is not None else _decoded(wanted.data or "")
    if len(body) > MAX_TOOL_BYTES:
        raise PayloadTooLarge(f"A file written by a tool has at most {MAX_TOOL_BYTES} bytes.")
    return body


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("data is not base64.") from None


TOOLS: Final = {
    tool.name: tool
    for tool in (
        Tool("files.read", "Read a range of bytes of one of the tenant's files.", ReadFile, _read_file),
        Tool("files.write", "Leave a file in the tenant's bucket.", WriteFile, _write_file),
    )
}
