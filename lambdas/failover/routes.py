"""`/v1/platform/failover`, for operators."""

from typing import Final

from lambdas.failover.models import FailoverReply, SwitchRuntime
from lambdas.failover.service import Failover, Standing
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("failover")


@ROUTES.handle("GET /v1/platform/failover", replies={200: FailoverReply})
def get_failover(call: Call, service: Failover) -> Reply:
    """Look at where agents run, and how the regions answer."""
    return _reply(service.standing(call.who()))


@ROUTES.handle("POST /v1/platform/failover", request=SwitchRuntime, replies={200: FailoverReply})
def switch_runtime(call: Call, service: Failover, body: SwitchRuntime) -> Reply:
    """Let agents run in the other region, or back at home; effective within 15 s."""
    standing = service.switch(call.who(), call.if_match(), body, key=call.idempotency_key, body=call.raw_body)
    return _reply(standing)


def _reply(standing: Standing) -> Reply:
    replayed = {"idempotency-replayed": "true"} if standing.replayed else {}
    return Reply(standing.reply, 200, {"etag": f'"{standing.etag}"', **replayed})
