"""A job's result that is too large for its record: where to download it, and the result itself where that is small."""

import json
from datetime import timedelta
from typing import Any, Final

from data_access_lib import keys
from governance.run_state import RunStatus
from platform_kit.clock import Clock, rfc3339
from platform_kit.observability import count
from run_lifecycle.outcome import Run
from run_lifecycle.store import TenantStore

LINK_SECONDS: Final = 900
MOST_IN_REPLY_BYTES: Final = 1024 * 1024
"""A function's whole answer has at most 6 MB, and who polls does not want them each time."""


def with_result(run: Run, store: TenantStore, clock: Clock) -> Run:
    """The run with a link to its result where that is in the bucket, good for fifteen minutes, and no longer.

    What the platform keeps is sealed, and nobody could read it there. The link leads to a copy which S3 opens with the
    tenant's own key: it is made when somebody first asks, and goes with the run.
    """
    if not run.get("outputKey") or run["status"] != RunStatus.SUCCEEDED:
        return run
    bucket, copy = store.bucket(), keys.result_object(store.context.tenant_id, run["runId"])
    there = bucket.head(copy)
    data = None
    if there is None or there.bytes <= MOST_IN_REPLY_BYTES:
        stored = bucket.get(run["outputKey"])
        if stored is None:
            return run
        data = stored.data
        if there is None:
            bucket.put(copy, data, content_type="application/json")
    count("JobResultLinked")
    return {**run, **_whole(data), **_link(bucket.presign_get(copy, f"{run['jobId']}.json", LINK_SECONDS), clock)}


def _whole(data: bytes | None) -> dict[str, Any]:
    if data is None or len(data) > MOST_IN_REPLY_BYTES:
        return {}
    return {"output": json.loads(data), "outputOmitted": None}


def _link(url: str, clock: Clock) -> dict[str, str]:
    return {"resultUrl": url, "resultUrlExpiresAt": rfc3339(clock.now() + timedelta(seconds=LINK_SECONDS))}
