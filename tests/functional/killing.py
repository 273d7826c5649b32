"""Kills a process at one of its writes, whatever it is doing."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import botocore.client
import pytest

WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "PutObject"})


class Killed(BaseException):
    """The process that did this write is gone."""


@dataclass
class Fault:
    """Kills whoever does the write of this number, before or after it is carried out; counts them."""

    at: int = 0
    after: bool = True
    seen: int = 0
    struck: bool = False

    @contextlib.contextmanager
    def lurking(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]  # the one place all calls pass

        def counted(client: Any, operation: str, request: Any) -> Any:
            if operation not in WRITES:
                return call(client, operation, request)
            self.seen += 1
            if self.seen != self.at:
                return call(client, operation, request)
            self.struck = True
            if self.after:
                call(client, operation, request)
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(botocore.client.BaseClient, "_make_api_call", counted)
            yield
