"""Security signals as JSON lines on standard output, metrics in CloudWatch's embedded format.

Plain `print`, because a logging library would cost more to import than everything else here. A line holds a reason out
of a fixed set, never a token, a claim or a header.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import time
from typing import Final

NAMESPACE: Final = "Ambit"
SERVICE: Final = "authoriser"


def refused(reason: str, request_id: str) -> None:
    """A credential that is no identity: `AuthRefused` by reason."""
    _emit("AuthRefused", "WARNING", reason, request_id)


def denied(code: str, request_id: str) -> None:
    """A principal whose tenant may do nothing: `AuthDenied` by code."""
    _emit("AuthDenied", "WARNING", code, request_id)


def dependency_down(what: str, request_id: str) -> None:
    """The decision could not be made: `AuthDependencyDown` by dependency."""
    _emit("AuthDependencyDown", "ERROR", what, request_id)


def keys_not_fetched(reason: str) -> None:
    """An issuer's key set could not be read: `KeySetFetchFailed` by reason; the kept keys serve on."""
    _emit("KeySetFetchFailed", "ERROR", reason, "")


def _emit(metric: str, level: str, reason: str, request_id: str) -> None:
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service", "reason"], ["service"]],
        "Metrics": [{"Name": metric, "Unit": "Count"}],
    }
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "level": level,
        "service": SERVICE,
        "reason": reason,
        "requestId": request_id,
        metric: 1,
    }
    print(json.dumps(line, separators=(",", ":")), flush=True)  # noqa: T201 - the Lambda log takes standard output
