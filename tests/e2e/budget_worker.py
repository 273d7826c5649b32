"""One process of several that make a run's calls at once, through the pipeline, against the local platform's tables.

Reads what to do from a line of JSON, says that it is ready, waits for the next line, and prints how each call went.
"""

import json
import sys
import threading
import time
from typing import Any, cast

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.holds import Holds
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.repositories.pools import PoolDefinitions, Pools
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantContext, TenantId
from enforcement.actions import Action, Outcome
from enforcement.pipeline import perform
from enforcement.policies import InForce
from enforcement.run_desk import RunDesk
from governance.governor import ProfileName
from governance.policy.cedar import compile_envelope
from governance.policy.envelope import Envelope
from governance.policy.registry import FACTS
from platform_kit.clock import SystemClock
from platform_kit.errors import AmbitError
from platform_kit.identity import RunBinding
from run_lifecycle.store import TenantStore

READY = "ready"


class Silent:
    """Signals that nobody waits for."""

    def violation(self, attempt: object) -> None:
        raise AssertionError(attempt)

    def tampered(self, found: object) -> None:
        raise AssertionError(found)

    def happened(self, fact: object) -> None:
        raise AssertionError(fact)


def desk_of(task: dict[str, Any]) -> RunDesk:
    """The run's desk with a tenant's credentials of the gateway's."""
    client = boto3.client("dynamodb", endpoint_url=task["endpoint"], region_name=task["region"], **task["credentials"])
    tenant, clock = TenantContext(TenantId(task["tenant"]), f"run:{task['run']}"), SystemClock()

    def table(name: str) -> TenantScopedTable:
        return TenantScopedTable(client, task["tables"][name], tenant, cast("Any", Silent()))

    runs, ops = table("runs"), table("ops")
    unused = cast("Any", None)
    store = TenantStore(
        context=tenant,
        runs=Runs(runs, clock),
        checkpoints=unused,
        recordings=unused,
        replays=unused,
        approvals=unused,
        sessions=unused,
        files=unused,
        answers=unused,
        budgets=Budgets(ops, clock),
        pools=Pools(ops, clock),
        pool_definitions=PoolDefinitions(table("control")),
        rates=unused,
        incidents=Incidents(ops),
        holds=Holds(ops),
        policies=unused,
        canaries=unused,
        webhooks=unused,
        hash_key=unused,
        instances=unused,
        transaction=runs.transaction,
        bucket=unused,
    )
    binding = RunBinding(task["run"], "echo-agent", "ver_1", task["session"], "sync")
    return RunDesk(binding, store, unused, "standard", clock)


def in_force(task: dict[str, Any]) -> InForce:
    """An envelope whose one bound is what a run may cost."""
    document = {"autonomyTier": 3, "maxCostPerRun": task["maxCost"], "tools": [{"name": "*"}], "dataScopes": ["*"]}
    return InForce(compile_envelope(Envelope.parse(document), FACTS), {}, ProfileName.AGGRESSIVE)


def main() -> None:
    """Make the calls, each in a thread of its own."""
    task = json.loads(sys.stdin.readline())
    told: list[dict[str, Any]] = []
    desk, bounds = desk_of(task), in_force(task)

    def call(number: int) -> None:
        arguments = {"process": task["process"], "number": number}
        action = Action("files.read", arguments, arguments, price=task["estimate"])

        def act(_run: object, _action: object) -> Outcome:
            time.sleep(task["seconds"])  # the act takes its time, so that calls overlap: nothing is waited for
            return Outcome(result=arguments, price=task["price"], own=True)

        try:
            perform(desk, bounds, action, act)
        except AmbitError as refused:
            told.append({"code": refused.code})
        else:
            told.append({"code": "made"})

    threads = [threading.Thread(target=call, args=(number,)) for number in range(task["calls"])]
    sys.stdout.write(READY + "\n")
    sys.stdout.flush()
    sys.stdin.readline()  # all processes begin at one moment
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write("\n" + json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
