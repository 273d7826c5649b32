"""`/v1/policies` and `/v1/policy/evaluate`: the tenant is the caller's own, whatever the request says."""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from lambdas.policies.models import (
    Agent,
    CedarReply,
    CreatePolicy,
    DecisionReply,
    Evaluate,
    PolicyPage,
    PolicyReply,
    PutPolicy,
    Simulate,
    SimulationReply,
)
from lambdas.policies.service import PolicyService
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import BadRequest, FieldError

ROUTES: Final = Routes("policies")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}
_VERSION: Final = {"version": "Which version, from 1 on; left out: the newest."}
_AGENT: Final = {"agent": "The agent's name."}
_AGENTS: Final[TypeAdapter[str]] = TypeAdapter(Agent)
_MOST_DIGITS: Final = 9


@ROUTES.handle("POST /v1/policies", request=CreatePolicy, replies={201: PolicyReply})
def create_policy(call: Call, service: PolicyService, body: CreatePolicy) -> Reply:
    """Narrow what an agent, or every agent of the tenant, may do; effective within 15 s."""
    made, replayed = service.create(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    reply = _tagged(made, 201)
    headers = {"location": f"/v1/policies/{made.policy_id}", **({"idempotency-replayed": "true"} if replayed else {})}
    return Reply(reply.body, reply.status, {**reply.headers, **headers})


@ROUTES.handle("GET /v1/policies", replies={200: PolicyPage}, query=_PAGING)
def list_policies(call: Call, service: PolicyService) -> PolicyPage:
    """List the tenant's policies, newest first."""
    return service.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/policies/{id}", replies={200: PolicyReply}, query=_VERSION)
def get_policy(call: Call, service: PolicyService) -> Reply:
    """Look at a policy, in any of its versions."""
    return _tagged(service.get(call.who(), call.path["id"], _number(call)))


@ROUTES.handle("PUT /v1/policies/{id}", request=PutPolicy, replies={200: PolicyReply})
def put_policy(call: Call, service: PolicyService, body: PutPolicy) -> Reply:
    """Put a new version of a policy in force, within 15 s; the earlier ones stay readable."""
    return _tagged(service.put(call.who(), call.path["id"], call.if_match(), body))


@ROUTES.handle("POST /v1/policy/evaluate", request=Evaluate, replies={200: DecisionReply})
def evaluate_policy(call: Call, service: PolicyService, body: Evaluate) -> DecisionReply:
    """Ask what would become of a call, and why; nothing is called."""
    return service.evaluate(call.who(), body)


@ROUTES.handle("POST /v1/policy/simulate", request=Simulate, replies={200: SimulationReply})
def simulate_policy(call: Call, service: PolicyService, body: Simulate) -> SimulationReply:
    """Ask what would become of the calls of an agent's latest runs under another override; nothing is called."""
    return service.simulate(call.who(), body)


@ROUTES.handle("GET /v1/policy/cedar", replies={200: CedarReply}, query=_AGENT)
def export_policy(call: Call, service: PolicyService) -> CedarReply:
    """Take what is in force for an agent along, in Cedar."""
    return service.export(call.who(), _agent(call))


def _agent(call: Call) -> str:
    try:
        return _AGENTS.validate_python(call.query.get("agent"))
    except ValidationError:
        raise BadRequest("Name an agent.", errors=(FieldError("?agent", "not an agent's name"),)) from None


def _number(call: Call) -> int | None:
    text = call.query.get("version")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text)):
        raise BadRequest("A version is a number from 1 on.", errors=(FieldError("?version", "not a version"),))
    return int(text)


def _tagged(policy: PolicyReply, status: int = 200) -> Reply:
    return Reply(policy, status, {"etag": f'"{policy.version}"'})
