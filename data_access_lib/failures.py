"""The AWS SDK's failures as this library's errors. The SDK is imported where a call is made, not before."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.codec import decode_stored
from data_access_lib.errors import ConditionFailed, StoreUnavailable, TransactionConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from botocore.exceptions import ClientError

    from data_access_lib.codec import Item
    from platform_kit.errors import AmbitError

    TakeOut = Callable[[Item], Item]

_UNAVAILABLE: Final = frozenset(
    {
        "InternalError",
        "InternalServerError",
        "InternalServerException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
    }
)
_CONDITION: Final = "ConditionalCheckFailed"
_CONTENTION: Final = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


def as_it_is(item: Item) -> Item:
    """An item whose content was not sealed."""
    return item


@contextmanager
def store_failures(labels: Sequence[str] = (), take_out: TakeOut = as_it_is) -> Iterator[None]:
    """Translate what a call to DynamoDB or S3 raises; the unknown stays.

    `labels` names a transaction's pieces, `take_out` opens the item that a failed condition brings along.
    """
    from botocore.exceptions import (
        ClientError,
        ConnectionError,  # noqa: A004 - botocore's own, which is not Python's
        HTTPClientError,
    )

    try:
        yield
    except (HTTPClientError, ConnectionError):
        raise StoreUnavailable from None
    except ClientError as failure:
        known = _known(failure, labels, take_out)
        if known is None:
            raise
        raise known from None


def code_of(failure: ClientError) -> str:
    """The service's error code."""
    return failure.response.get("Error", {}).get("Code", "")


def _known(failure: ClientError, labels: Sequence[str], take_out: TakeOut) -> AmbitError | None:
    code = code_of(failure)
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(item=_decoded(failure.response, take_out))
    if code == "TransactionCanceledException":
        return _cancelled(failure, labels, take_out)
    if code in {"TransactionConflictException", "TransactionInProgressException"}:
        return TransactionConflict((code,))
    return StoreUnavailable() if code in _UNAVAILABLE else None


def _cancelled(failure: ClientError, labels: Sequence[str], take_out: TakeOut) -> AmbitError | None:
    reasons: Sequence[Mapping[str, Any]] = failure.response.get("CancellationReasons", ())
    codes = tuple(str(reason.get("Code", "None")) for reason in reasons)
    if _CONDITION in codes:
        index = codes.index(_CONDITION)
        found = _decoded(reasons[index], take_out)
        return ConditionFailed(index=index, label=labels[index], item=found, reasons=codes)
    return TransactionConflict(codes) if not _CONTENTION.isdisjoint(codes) else None


def _decoded(holder: Mapping[str, Any], take_out: TakeOut) -> Item | None:
    item = holder.get("Item")
    return take_out(decode_stored(item)) if item else None
