"""`files.read` and `files.write`: the files that a run was given, and those that it leaves."""

import base64
from collections.abc import Mapping
from typing import Any

from data_access_lib import keys
from enforcement.run_desk import RunDesk
from governance.toolbox.files import FilePart, ReadFile, WriteFile, WrittenFile
from platform_kit.errors import Forbidden, NotFound
from platform_kit.ids import new_id


def read_file(desk: RunDesk, run: Mapping[str, Any], wanted: ReadFile) -> FilePart:
    """Part of a file that this run was given or wrote; NotFound when there is none, Forbidden for any other file."""
    record = desk.files.get(wanted.file_id)
    if not may_read(desk, run, record):
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


def may_read(desk: RunDesk, run: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a file was given to this run, or written by it."""
    return str(record["fileId"]) in given(run) or record.get("createdBy") == desk.tenant.principal_id


def given(run: Mapping[str, Any]) -> list[str]:
    """The ids of the files that a run was given, each once, in their order."""
    files = run.get("files") or ()
    return list(dict.fromkeys(str(item["fileId"]) if isinstance(item, Mapping) else str(item) for item in files))
