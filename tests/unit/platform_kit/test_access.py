import pytest

from platform_kit import access
from platform_kit.access import ROUTES, Auth, Role, Route

INVOKE = "POST /v1/agents/{agent}/invoke"


def route(key: str) -> Route:
    found = access.find(*key.split(" "))
    assert found is not None
    return found


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: row.key)
def test_every_row_is_found_by_its_key(row: Route) -> None:
    assert access.find(row.method, row.path) is row


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nowhere"), ("get", "/v1/health"), ("PUT", "/v1/agents"), ("", "")]
)
def test_what_is_not_in_the_table_does_not_exist(method: str, path: str) -> None:
    assert access.find(method, path) is None


def test_every_row_is_served_by_one_function() -> None:
    functions = {row.function for row in ROUTES}
    assert sum(len(access.served_by(function)) for function in functions) == len(ROUTES)
    assert access.served_by("nobody") == ()


@pytest.mark.parametrize(
    ("roles", "may"),
    [([], False), ([Role.VIEWER], False), ([Role.DEVELOPER], True), ([Role.VIEWER, Role.ADMIN], True), (["x"], False)],
)
def test_any_fitting_role_is_enough(roles: list[str], may: bool) -> None:  # noqa: FBT001 - a case
    assert access.permitted(route(INVOKE), roles) is may


@pytest.mark.parametrize("auth", [Auth.PUBLIC, Auth.COOKIE, Auth.RUN])
def test_roles_open_bearer_routes_only(auth: Auth) -> None:
    row = Route("GET", "/x", "x", auth, frozenset(Role))
    assert not access.permitted(row, [role.value for role in Role])


def test_a_row_is_named_by_method_and_path() -> None:
    assert route(INVOKE).key == INVOKE


@pytest.mark.parametrize("credential", ["key", "aws"])
def test_a_machines_credential_calls_by_scope_alone(credential: str) -> None:
    every_role = [role.value for role in Role]
    assert access.permitted(route(INVOKE), (), credential=credential, scopes={"agents:invoke"})
    assert not access.permitted(route(INVOKE), every_role, credential=credential, scopes={"runs:read"})
    assert not access.permitted(route("POST /v1/tenants"), every_role, credential=credential, scopes={"agents:invoke"})
    assert not access.permitted(route(INVOKE), (), scopes={"agents:invoke"})
