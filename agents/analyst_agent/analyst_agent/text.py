"""Bytes to text: UTF-8 (with or without BOM), UTF-16 with BOM, and Latin-1 for what is not UTF-8."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from analyst_agent.errors import AnalystError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SIGNATURES = {b"PK\x03\x04": "a zip archive or a spreadsheet", b"%PDF": "a PDF", b"\x1f\x8b": "gzip",
              b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"PAR1": "Parquet"}  # fmt: skip
MAX_CONTROL_SHARE = 0.02


class TextStream:
    """Iterates the text of a stream of bytes; raises AnalystError for binary data.

    A byte that is not UTF-8 is read as Latin-1, and counted: a Latin-1 file comes out right, a damaged UTF-8
    file nearly so, and neither needs reading twice.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.not_utf8 = 0
        self.encoding = "utf-8"

    def __iter__(self) -> Iterator[str]:
        decoder: codecs.IncrementalDecoder | None = None
        for chunk in self._chunks:
            if decoder is None:
                decoder = self._decoder(chunk)
            yield decoder.decode(chunk)
        if decoder is not None:
            yield decoder.decode(b"", final=True)

    def _decoder(self, start: bytes) -> codecs.IncrementalDecoder:
        """Chosen by the first bytes."""
        for signature, what in SIGNATURES.items():
            if start.startswith(signature):
                raise AnalystError(f"The file is {what}, not CSV. Export it as CSV first.")
        if start.startswith(UTF16_MARKS):
            self.encoding = "utf-16"
            return codecs.getincrementaldecoder("utf-16")("replace")
        if b"\0" in start or _control_share(start) > MAX_CONTROL_SHARE:
            raise AnalystError("The file is binary, not CSV.")
        return self._tolerant_utf8()

    def _tolerant_utf8(self) -> codecs.IncrementalDecoder:
        name = f"analyst-latin-1-{id(self)}"
        codecs.register_error(name, self._as_latin1)
        return codecs.getincrementaldecoder("utf-8-sig")(name)

    def _as_latin1(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        self.encoding = "latin-1"
        self.not_utf8 += error.end - error.start
        return error.object[error.start : error.end].decode("latin-1"), error.end


def _control_share(data: bytes) -> float:
    """The share of control characters other than tab, line ends and form feed."""
    controls = bytes(range(9)) + b"\x0b" + bytes(range(14, 32)) + b"\x7f"
    return 1 - len(data.translate(None, controls)) / len(data) if data else 0.0
