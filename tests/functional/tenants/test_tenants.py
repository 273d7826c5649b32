from typing import Any

import boto3
import pytest

from tests.functional.moto_platform import event, operator, person, table
from tests.functional.tenants.conftest import GOOD, World

CREATE = "POST /v1/tenants"
ONE = "GET /v1/tenants/{id}"
PATCH = "PATCH /v1/tenants/{id}"
SUSPEND = "POST /v1/tenants/{id}/suspend"
REINSTATE = "POST /v1/tenants/{id}/reinstate"
ID = {"id": "initech"}


def put(tenant_id: str, status: str = "active", tier: str = "basic") -> None:
    """A tenant's record, as if provisioned."""
    now = "2026-01-02T03:04:05.678Z"
    record = {"tenantId": tenant_id, "name": tenant_id.title(), "status": status, "tier": tier, "etag": 1}
    more = {"residency": "us-east-1", "createdAt": now, "updatedAt": now, "usageKey": f"value-of-{tenant_id}"}
    table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant_id, **record, **more})


def test_creating_answers_at_once_with_the_operation(world: World) -> None:
    made = world.ask(CREATE, body={**GOOD, "adminEmail": "a@b.example", "monthlyBudget": "12.5"})
    assert made.status == 202
    assert made.headers["location"] == f"/v1/operations/{made.json['operationId']}"
    assert (made.json["status"], made.json["progress"]) == ("queued", 0)
    found = world.tenant().json
    assert (found["status"], found["adminEmail"]) == ("provisioning", "a@b.example")
    assert found["monthlyBudget"] == {"amount": "12.500000", "currency": "USD"}
    assert found["operationId"] == made.json["operationId"]


def test_an_id_is_taken_from_the_first_moment(world: World) -> None:
    assert world.ask(CREATE, body=GOOD).status == 202
    answer = world.ask(CREATE, body=GOOD)
    assert answer.status == 409
    assert "initech" in answer.json["detail"]


def test_a_repeated_creation_gives_the_same_operation(world: World) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = world.ask(CREATE, body=GOOD, headers=headers)
    world.run_workflows()
    again = world.ask(CREATE, body=GOOD, headers=headers)
    assert (again.status, again.json) == (202, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert world.ask(CREATE, body={**GOOD, "name": "x"}, headers=headers).json["code"] == "IDEMPOTENCY_MISMATCH"


def test_a_refused_creation_frees_its_idempotency_key(world: World) -> None:
    put("initech")
    headers = {"Idempotency-Key": "k1"}
    assert world.ask(CREATE, body=GOOD, headers=headers).status == 409
    table("control").delete_item(Key={"pk": "TENANT#platform#TENANT", "sk": "initech"})
    assert world.ask(CREATE, body=GOOD, headers=headers).status == 202


def test_two_operators_keys_do_not_meet(world: World) -> None:
    headers = {"Idempotency-Key": "k1"}
    world.ask(CREATE, body=GOOD, headers=headers)
    answer = world.ask(CREATE, operator(name="other"), body={**GOOD, "id": "hooli"}, headers=headers)
    assert "idempotency-replayed" not in answer.headers


def test_when_the_workflow_cannot_be_started_the_id_is_free_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.tenants import handler

    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:gone"
    with monkeypatch.context() as broken:
        broken.setenv("PROVISION_STATE_MACHINE_ARN", arn)
        handler.build.cache_clear()
        assert world.ask(CREATE, body=GOOD).status == 503
    handler.build.cache_clear()
    assert world.tenant().json["status"] == "failed"
    world.create()
    assert world.tenant().json["status"] == "active"


def test_a_provisioning_that_stood_still_for_long_does_not_keep_the_id(world: World) -> None:
    put("initech", "provisioning")
    assert world.ask(CREATE, body=GOOD).status == 202


BAD = [
    *(({"id": bad}, "/id") for bad in ("A", "a", "ab-", "-ab", "a--b", "a#b", "ab/../cd", "", "x" * 33, "platform", 7)),
    ({"name": ""}, "/name"),
    ({"name": "   "}, "/name"),
    ({"name": "x" * 101}, "/name"),
    ({"name": "a\u0007b"}, "/name"),
    ({"tier": "gold"}, "/tier"),
    ({"tier": None}, "/tier"),
    ({"residency": "Mars"}, "/residency"),
    ({"monthlyBudget": 5}, "/monthlyBudget"),
    ({"monthlyBudget": "-5"}, "/monthlyBudget"),
    ({"monthlyBudget": "1e3"}, "/monthlyBudget"),
    ({"monthlyBudget": "0.0000000000001"}, "/monthlyBudget"),
    ({"monthlyBudget": "NaN"}, "/monthlyBudget"),
    ({"adminEmail": "nobody"}, "/adminEmail"),
    ({"adminEmail": "a@b.example\r\nbcc: x"}, "/adminEmail"),
    ({"status": "active"}, "/status"),
    ({"usageKey": "x"}, "/usageKey"),
]


@pytest.mark.parametrize(("changed", "pointer"), BAD)
def test_a_bad_field_is_named_and_nothing_is_made(changed: dict[str, Any], pointer: str, world: World) -> None:
    answer = world.ask(CREATE, body={**GOOD, **changed})
    assert answer.status == 400, answer.json
    assert [item["pointer"] for item in answer.json["errors"]] == [pointer]
    assert table("control").scan()["Items"] == []


def test_a_residency_this_deployment_does_not_offer_is_refused(world: World) -> None:
    assert world.ask(CREATE, body={**GOOD, "residency": "eu-central-1"}).status == 422
    assert world.ask(CREATE, body={**GOOD, "residency": "us-east-1"}).status == 202


def test_the_list_is_paged_filtered_and_without_the_platform(world: World) -> None:
    for number in range(7):
        put(f"tenant-{number}", "suspended" if number % 2 else "active", "premium" if number == 4 else "basic")
    put("platform")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.ask("GET /v1/tenants", query={"limit": "3", **cursor}).json
        seen += [item["id"] for item in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == [f"tenant-{number}" for number in range(7)]
    suspended = world.ask("GET /v1/tenants", query={"status": "suspended"}).json["items"]
    assert [item["id"] for item in suspended] == ["tenant-1", "tenant-3", "tenant-5"]
    both = world.ask("GET /v1/tenants", query={"status": "active", "tier": "premium"}).json["items"]
    assert [item["id"] for item in both] == ["tenant-4"]


def test_a_cursor_belongs_to_its_filters(world: World) -> None:
    for name in ("one-1", "two-2", "three-3"):
        put(name)
    cursor = world.ask("GET /v1/tenants", query={"limit": "1"}).json["nextCursor"]
    for query in ({"cursor": cursor, "status": "active"}, {"cursor": cursor[:-2] + "AA"}, {"cursor": "x"}):
        assert world.ask("GET /v1/tenants", query=query).json["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize("query", [{"status": "gone"}, {"tier": "gold"}, {"limit": "0"}, {"order": "up"}])
def test_a_bad_query_is_named(query: dict[str, str], world: World) -> None:
    answer = world.ask("GET /v1/tenants", query=query)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, f"?{next(iter(query))}")


@pytest.mark.parametrize("tenant_id", ["nobody", "platform", "A", "a#b"])
def test_a_tenant_that_is_not_there_is_not_found(tenant_id: str, world: World) -> None:
    put("platform")
    for route, more in ((ONE, {}), (SUSPEND, {"body": {"reason": "x"}}), (REINSTATE, {})):
        assert world.ask(route, path={"id": tenant_id}, **more).status == 404


def test_a_change_needs_the_version_it_changes(world: World) -> None:
    put("initech")
    etag = world.tenant().headers["etag"]
    assert world.ask(PATCH, path=ID, body={"name": "B"}).status == 428
    changed = world.ask(PATCH, path=ID, body={"name": "B"}, headers={"If-Match": etag})
    assert (changed.status, changed.json["name"]) == (200, "B")
    assert changed.headers["etag"] != etag
    assert world.ask(PATCH, path=ID, body={"name": "C"}, headers={"If-Match": etag}).status == 412
    assert world.tenant().json["name"] == "B"


def test_a_change_of_the_name_alone_starts_no_operation(world: World) -> None:
    put("initech")
    body = {"name": "B", "tier": "basic"}
    assert "operationId" not in world.ask(PATCH, path=ID, body=body, headers={"If-Match": '"1"'}).json
    machine = boto3.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    assert boto3.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"] == []


@pytest.mark.parametrize("body", [{}, {"name": None}, {"id": "x"}, {"tier": "gold"}, {"status": "active"}])
def test_a_change_of_nothing_or_of_what_is_fixed_is_refused(body: dict[str, Any], world: World) -> None:
    put("initech")
    assert world.ask(PATCH, path=ID, body=body, headers={"If-Match": '"1"'}).status == 400


def test_a_tenant_that_is_being_provisioned_is_not_changed(world: World) -> None:
    put("initech", "provisioning")
    assert world.ask(PATCH, path=ID, body={"name": "B"}, headers={"If-Match": '"1"'}).status == 409


def test_suspending_and_reinstating_are_kept_with_their_reason_and_repeatable(world: World) -> None:
    put("initech")
    for _ in range(2):
        answer = world.ask(SUSPEND, path=ID, body={"reason": "unpaid"})
        assert (answer.status, answer.json["status"]) == (200, "suspended")
    assert answer.json["suspensionReason"] == "unpaid"
    assert answer.headers["etag"] == '"2"'
    for _ in range(2):
        answer = world.ask(REINSTATE, path=ID)
        assert (answer.status, answer.json["status"]) == (200, "active")
    assert "suspensionReason" not in answer.json
    assert answer.headers["etag"] == '"3"'


@pytest.mark.parametrize("status", ["provisioning", "failed"])
def test_what_never_was_active_is_neither_suspended_nor_reinstated(status: str, world: World) -> None:
    put("initech", status)
    assert world.ask(SUSPEND, path=ID, body={"reason": "x"}).status == 409
    assert world.ask(REINSTATE, path=ID).status == 409


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}, {"reason": "x", "a": 1}])
def test_a_suspension_says_why(body: dict[str, Any], world: World) -> None:
    put("initech")
    assert world.ask(SUSPEND, path=ID, body=body).status == 400
    assert world.tenant().json["status"] == "active"


def test_an_operation_that_is_not_there_is_not_found(world: World) -> None:
    for operation_id in ("opn_" + "0" * 32, "x", "run_" + "0" * 32):
        assert world.ask("GET /v1/operations/{id}", path={"id": operation_id}).status == 404


def test_ones_own_tenant_is_shown_without_what_is_the_operators(world: World) -> None:
    put("initech")
    world.ask(SUSPEND, path=ID, body={"reason": "unpaid"})
    found = world.ask("GET /v1/tenant", person("initech", "Tenant.Viewer"))
    assert (found.status, found.json["id"], found.json["status"]) == (200, "initech", "suspended")
    assert not {"suspensionReason", "operationId", "usageKey"} & set(found.json)


def test_an_admin_changes_the_settings_of_the_own_tenant_only(world: World) -> None:
    put("initech")
    put("hooli")
    admin = person("initech", "Tenant.Admin")
    body = {"name": "Initech AG", "adminEmail": "it@initech.example"}
    assert world.ask("PATCH /v1/tenant", admin, body=body).status == 428
    changed = world.ask("PATCH /v1/tenant", admin, body=body, headers={"If-Match": '"1"'})
    assert (changed.status, changed.json["name"], changed.headers["etag"]) == (200, "Initech AG", '"2"')
    assert world.ask("PATCH /v1/tenant", admin, body=body, headers={"If-Match": '"1"'}).status == 412
    assert world.ask("GET /v1/tenant", person("hooli")).json["name"] == "Hooli"


@pytest.mark.parametrize(
    "body", [{"tier": "premium"}, {"monthlyBudget": "9"}, {"status": "active"}, {"id": "hooli"}, {}]
)
def test_an_admin_changes_neither_tier_nor_budget_nor_state(body: dict[str, Any], world: World) -> None:
    put("initech")
    admin = person("initech", "Tenant.Admin")
    assert world.ask("PATCH /v1/tenant", admin, body=body, headers={"If-Match": '"1"'}).status == 400


OPERATORS_ONLY = [CREATE, "GET /v1/tenants", ONE, PATCH, SUSPEND, REINSTATE, "GET /v1/operations/{id}"]


@pytest.mark.parametrize("route", OPERATORS_ONLY)
@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"])
def test_tenants_are_the_operators_business(route: str, role: str, world: World) -> None:
    put("globex")
    assert world.ask(route, person("acme", role), path={"id": "globex"}, body=GOOD).status == 403


def test_operators_have_no_tenant_of_their_own(world: World) -> None:
    assert world.ask("GET /v1/tenant").status == 403


def test_only_admins_change_their_tenant(world: World) -> None:
    put("initech")
    for role in ("Tenant.Viewer", "Tenant.Developer"):
        assert world.ask("PATCH /v1/tenant", person("initech", role), body={"name": "x"}).status == 403


def test_what_operators_do_is_written_down(world: World) -> None:
    put("initech")
    world.ask(SUSPEND, path=ID, body={"reason": "unpaid"})
    events = [item for item in table("ops").scan()["Items"] if item.get("type") == "operator.access"]
    assert {"get", "update"} <= {item["operation"] for item in events}
    assert {item["principalId"] for item in events} == {operator()["principalId"]}


def test_nobody_gets_in_without_an_identity(world: World) -> None:
    assert world.handle(event("GET /v1/tenants"), None)["statusCode"] == 401


def chain(tenant_id: str = "initech") -> list[dict[str, Any]]:
    items = [item for item in table("ledger").scan()["Items"] if item["pk"] == f"TENANT#{tenant_id}#AUDIT"]
    return sorted(items, key=lambda item: str(item["sk"]))


def test_a_tenants_log_tells_what_operators_and_administrators_did_and_no_reason(world: World) -> None:
    world.create()
    world.ask(SUSPEND, path=ID, body={"reason": "the secret reason"})
    world.ask(REINSTATE, path=ID)
    etag = world.tenant().headers["etag"]
    world.ask(PATCH, path=ID, body={"name": "B"}, headers={"If-Match": etag})
    admin = person("initech", "Tenant.Admin")
    etag = world.tenant().headers["etag"]
    own = world.ask("PATCH /v1/tenant", admin, body={"name": "C"}, headers={"If-Match": etag})
    assert (own.status, own.json["name"]) == (200, "C")
    actions = ["created", "suspended", "reinstated", "updated", "settings_changed"]
    assert [item["action"] for item in chain()] == [f"tenant.{action}" for action in actions]
    assert {item["target"] for item in chain()} == {"initech"}
    assert len({item["actor"] for item in chain()}) == 2
    assert "the secret reason" not in str(table("ledger").scan()["Items"])
    details = [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#initech#AUDITDETAIL"]
    assert "the secret reason" not in str(details)


def test_a_tenant_whose_id_is_taken_hears_nothing_of_another_attempt(world: World) -> None:
    put("initech")
    assert world.ask(CREATE, body=GOOD).status == 409
    assert chain() == []


def test_of_a_creation_that_could_not_be_started_the_log_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambdas.tenants import handler

    with monkeypatch.context() as broken:
        broken.setenv("PROVISION_STATE_MACHINE_ARN", "arn:aws:states:us-east-1:123456789012:stateMachine:gone")
        handler.build.cache_clear()
        assert world.ask(CREATE, body=GOOD).status == 503
    handler.build.cache_clear()
    assert [(item["action"], item["decision"]) for item in chain()] == [
        ("tenant.created", "allowed"),
        ("tenant.created", "failed"),
    ]


def test_where_a_tenants_agents_may_run_is_the_operators_to_say_and_the_tenants_to_see(world: World) -> None:
    put("initech")
    body = {"runtimeRegions": ["us-west-2"]}
    assert "runtimeRegions" not in world.tenant().json
    changed = world.ask(PATCH, path=ID, body=body, headers={"If-Match": '"1"'})

    assert changed.json["runtimeRegions"] == ["us-west-2"]
    assert world.ask("GET /v1/tenant", person("initech")).json["runtimeRegions"] == ["us-west-2"]
    own = world.ask("PATCH /v1/tenant", person("initech", "Tenant.Admin"), body=body, headers={"If-Match": '"2"'})
    assert own.status == 400
    cleared = world.ask(PATCH, path=ID, body={"runtimeRegions": []}, headers={"If-Match": '"2"'})
    assert (cleared.status, "runtimeRegions" in cleared.json) == (200, False)


@pytest.mark.parametrize("regions", [["nowhere"], ["us-west-2"] * 6, "us-west-2", [None]], ids=repr)
def test_what_is_no_region_is_none(world: World, regions: Any) -> None:
    put("initech")
    refused = world.ask(PATCH, path=ID, body={"runtimeRegions": regions}, headers={"If-Match": '"1"'})
    assert refused.status == 400
