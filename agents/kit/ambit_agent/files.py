from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 4 * 1024 * 1024


class ReadRange(Protocol):
    """The `files.read` tool."""

    def __call__(self, *, fileId: str, offset: int, length: int) -> dict[str, Any]: ...  # noqa: N803, D102 - its argument names


@dataclass(frozen=True)
class WrittenFile:
    """A file left in the tenant's bucket; `size` in bytes."""

    file_id: str
    key: str
    size: int


class FileReader:
    """Iterates a file's bytes range by range; holds one range at a time.

    `size` is the whole file's, known after the first range. A short range (the gateway may give less than
    asked for) is followed by the next one from where it ended.
    """

    def __init__(self, read: ReadRange, file_id: str, chunk: int = CHUNK) -> None:
        self._read = read
        self._file_id = file_id
        self._chunk = chunk
        self.size: int | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self.ranges()

    def ranges(self, first: int | None = None) -> Iterator[bytes]:
        """The file's ranges; `first` bytes in the first one, when an early start matters."""
        offset, length = 0, first or self._chunk
        while True:
            part = self._read(fileId=self._file_id, offset=offset, length=length)
            self.size = int(part["bytes"])
            data = base64.b64decode(part["data"], validate=True)
            if data:
                yield data
            offset += len(data)
            if part["eof"] or not data:
                return
            length = self._chunk


def encode_body(body: str | bytes) -> dict[str, str]:
    """The body as `files.write` takes it."""
    if isinstance(body, str):
        return {"text": body}
    return {"data": base64.b64encode(body).decode("ascii")}
