"""The second wall: a broken handler, raw boto3 with a deployed role's credentials, asks for what is not its own.

Each deployed role, each operation, tables and bucket, keys of others: refused by IAM, whatever the code does. The same
call on the tenant's own is done where the role is granted it, and refused where it is not.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.security.deployed_roles import EVERY_FUNCTION, TABLES, TENANT_FUNCTIONS, DeployedRoles
from tests.security.raw_calls import DENIED, ItemCall, ObjectCall, item_calls, key, object_calls, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_stack import LocalStack
    from tests.security.inventory import Inventory

pytestmark = [pytest.mark.local_stack, pytest.mark.family("iam"), pytest.mark.timeout(180)]
OWN: Final = f"TENANT#acme#PROOF#{uuid.uuid4().hex}"
SK: Final = "META"
NARROW: Final = {
    "checkpoints": "TENANT#acme#AUDIT",
    "tenant_instances": "TENANT#acme#INSTANCE",
    "event_publisher": "TENANT#acme#WEBHOOK",
}
"""Where a role reaches nothing but partitions of the platform's making: one to look at, not to write to."""
LOOKING: Final = frozenset({"get", "batch get", "transact get", "query", "query index", "scan", "scan index"})


@pytest.fixture(scope="module")
def roles(platform: LocalStack) -> DeployedRoles:
    return DeployedRoles(platform)


@pytest.fixture(scope="module")
def foreign(inventory: Inventory) -> tuple[str, ...]:
    """Partitions of others, one of them with real data in it."""
    run = inventory.id_of("globex", "runs")
    return (f"TENANT#globex#RUN#{run}", "TENANT#acme-2#RUN#1", "TENANT#acme", "TENANT#platform#TENANT")


def granted(roles: DeployedRoles, role: str, kind: str, call: ItemCall, pk: str = OWN) -> bool:
    resource = roles.table_arn(kind) + ("/index/gsi1" if call.indexed else "")
    return roles.allows(role, f"dynamodb:{call.action}", resource, key=pk)


def own_calls(roles: DeployedRoles, function: str, kind: str, pk: str) -> Iterator[tuple[str, ItemCall]]:
    """What is tried on the tenant's own items."""
    for name, call in item_calls(roles.tables[kind], pk, SK).items():
        if function not in NARROW or name in LOOKING:
            yield name, call


@pytest.mark.parametrize("function", TENANT_FUNCTIONS)
def test_no_operation_reaches_an_item_of_another_tenant(
    function: str, roles: DeployedRoles, foreign: tuple[str, ...], record_property: Any
) -> None:
    dynamodb = roles.client("dynamodb", roles.tenant(function, "acme"))
    asked = [
        (kind, pk, name, outcome(dynamodb, call))
        for kind in TABLES
        for pk in foreign
        for name, call in item_calls(roles.tables[kind], pk, SK).items()
    ]
    record_property("cases", len(asked))
    assert [one for one in asked if one[3] not in DENIED] == []


@pytest.mark.parametrize("function", TENANT_FUNCTIONS)
def test_the_tenants_own_items_are_reached_as_far_as_the_role_is_granted(
    function: str, roles: DeployedRoles, record_property: Any
) -> None:
    """Otherwise the refusals above would prove nothing."""
    role, pk = f"{function}-tenant", NARROW.get(function, OWN)
    dynamodb = roles.client("dynamodb", roles.tenant(function, "acme"))
    wrong, done = [], 0
    for kind in TABLES:
        for name, call in own_calls(roles, function, kind, pk):
            may, was = granted(roles, role, kind, call, pk), outcome(dynamodb, call)
            done += was == "done"
            wrong += [(kind, name, may, was)] if was not in ({"done"} if may else DENIED) else []
    record_property("cases", done)
    assert wrong == []
    assert done >= 2


@pytest.mark.parametrize("function", TENANT_FUNCTIONS)
def test_one_foreign_item_refuses_the_whole_request(
    function: str, roles: DeployedRoles, foreign: tuple[str, ...]
) -> None:
    dynamodb = roles.client("dynamodb", roles.tenant(function, "acme"))
    for table in roles.tables.values():
        own, other = ({"TableName": table, "Key": key(pk, SK)} for pk in (OWN, foreign[0]))
        mixed = [
            ItemCall("batch_get_item", {"RequestItems": {table: {"Keys": [own["Key"], other["Key"]]}}}, ""),
            ItemCall("transact_get_items", {"TransactItems": [{"Get": own}, {"Get": other}]}, ""),
            ItemCall("transact_write_items", {"TransactItems": [{"Delete": own}, {"Delete": other}]}, ""),
            ItemCall(
                "batch_write_item",
                {"RequestItems": {table: [{"DeleteRequest": {"Key": one["Key"]}} for one in (own, other)]}},
                "",
            ),
        ]
        assert [outcome(dynamodb, call) for call in mixed if outcome(dynamodb, call) not in DENIED] == []


@pytest.mark.parametrize("function", EVERY_FUNCTION)
def test_a_functions_own_role_reaches_no_tenants_item_at_all(
    function: str, roles: DeployedRoles, foreign: tuple[str, ...], record_property: Any
) -> None:
    dynamodb = roles.client("dynamodb", roles.own(function))
    asked = [
        (kind, pk, name, outcome(dynamodb, call))
        for kind in TABLES
        for pk in (OWN, foreign[0])
        for name, call in item_calls(roles.tables[kind], pk, SK).items()
    ]
    record_property("cases", len(asked))
    assert [one for one in asked if one[3] not in DENIED] == []


@pytest.fixture(scope="module")
def objects(roles: DeployedRoles, inventory: Inventory) -> Iterator[dict[str, str]]:
    """An object of acme's, and globex's own file."""
    bucket, s3 = roles.outputs["TenantBucket"], roles.root("s3")
    own = f"tenants/acme/proof/{uuid.uuid4().hex}"
    prefix = f"tenants/globex/files/{inventory.id_of('globex', 'files')}/"
    [theirs] = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    s3.put_object(Bucket=bucket, Key=own, Body=b"own")
    yield {"bucket": bucket, "own": own, "theirs": theirs}
    for name in (own, f"{own}.copy"):
        s3.delete_object(Bucket=bucket, Key=name)


@pytest.mark.parametrize("function", TENANT_FUNCTIONS)
def test_no_operation_reaches_an_object_of_another_tenant(
    function: str, roles: DeployedRoles, objects: dict[str, str], record_property: Any
) -> None:
    s3 = roles.client("s3", roles.tenant(function, "acme"))
    names = (objects["theirs"], "tenants/acme-2/x", "tenants/acme", "tenants/x")
    asked = [
        (name, way, outcome(s3, call))
        for name in names
        for way, call in object_calls(objects["bucket"], name, objects["own"]).items()
    ]
    asked += [("", "list all", outcome(s3, ObjectCall("list_objects_v2", {"Bucket": objects["bucket"]}, "")))]
    record_property("cases", len(asked))
    assert [one for one in asked if one[2] not in DENIED] == []


@pytest.mark.parametrize("function", TENANT_FUNCTIONS)
def test_the_tenants_own_objects_are_reached_as_far_as_the_role_is_granted(
    function: str, roles: DeployedRoles, objects: dict[str, str]
) -> None:
    s3 = roles.client("s3", roles.tenant(function, "acme"))
    bucket = f"arn:aws:s3:::{objects['bucket']}"
    for way, call in object_calls(objects["bucket"], objects["own"], objects["own"]).items():
        if call.action not in {"GetObject", "PutObject", "DeleteObject"} or "part" in way or "copy" in way:
            continue
        roles.root("s3").put_object(Bucket=objects["bucket"], Key=objects["own"], Body=b"own")
        may = roles.allows(f"{function}-tenant", f"s3:{call.action}", f"{bucket}/{objects['own']}")
        assert (way, outcome(s3, call) == "done") == (way, may)


@pytest.mark.parametrize("function", EVERY_FUNCTION)
def test_a_functions_own_role_reaches_no_tenants_object_at_all(
    function: str, roles: DeployedRoles, objects: dict[str, str], record_property: Any
) -> None:
    s3 = roles.client("s3", roles.own(function))
    asked = [
        (name, way, outcome(s3, call))
        for name in (objects["own"], objects["theirs"])
        for way, call in object_calls(objects["bucket"], name, objects["own"]).items()
    ]
    record_property("cases", len(asked))
    assert [one for one in asked if one[2] not in DENIED] == []


def test_what_was_asked_for_is_still_as_it_was(
    roles: DeployedRoles, inventory: Inventory, objects: dict[str, str]
) -> None:
    pk = f"TENANT#globex#RUN#{inventory.id_of('globex', 'runs')}"
    found = roles.root("dynamodb").get_item(TableName=roles.tables["runs"], Key=key(pk, SK))["Item"]
    assert "note" not in found
    stored = roles.root("s3").get_object(Bucket=objects["bucket"], Key=objects["theirs"])
    assert stored["Body"].read() == b"only globex says this"


@pytest.mark.parametrize("tags", [{}, {"other": "acme"}, {"tenant": "acme", "other": "x"}, {"tenant": ""}], ids=str)
@pytest.mark.parametrize("function", TENANT_FUNCTIONS)
def test_a_tenant_role_is_taken_on_for_one_named_tenant_only(
    function: str, tags: dict[str, str], roles: DeployedRoles
) -> None:
    assert roles.tenant(function, "acme")["SessionToken"]
    with pytest.raises(ClientError):
        roles.assume(roles.own(function), f"{function}-tenant", **tags)


@pytest.mark.parametrize("tenant", ["*", "?cme", "acm*", "ac", "acme-2", "ACME"])
def test_a_tag_that_looks_like_a_pattern_is_no_pattern(tenant: str, roles: DeployedRoles, inventory: Inventory) -> None:
    function = TENANT_FUNCTIONS[0]
    try:
        credentials = roles.tenant(function, tenant)
    except ClientError:
        return
    run = f"TENANT#acme#RUN#{inventory.id_of('acme', 'runs')}"
    call = item_calls(roles.tables["runs"], run, SK)["get"]
    assert outcome(roles.client("dynamodb", credentials), call) in DENIED


@pytest.mark.parametrize("function", EVERY_FUNCTION)
def test_no_function_takes_on_the_tenant_role_of_another(
    function: str, roles: DeployedRoles, record_property: Any
) -> None:
    others = [name for name in TENANT_FUNCTIONS if name != function]
    for name in others:
        with pytest.raises(ClientError):
            roles.assume(roles.own(function), f"{name}-tenant", tenant="acme")
    record_property("cases", len(others))
