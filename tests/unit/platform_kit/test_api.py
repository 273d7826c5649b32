import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from platform_kit import access, api
from platform_kit.api import Call, Reply, Routes, lambda_handler
from platform_kit.errors import AmbitError, BadRequest, Forbidden, InvalidBody, NotFound, PreconditionRequired
from platform_kit.identity import Identity
from platform_kit.models import ApiModel, ApiReply
from platform_kit.tracing import continue_trace

PERSON = {"tenantId": "acme", "principalId": "usr:1:x", "roles": "Tenant.Developer", "credential": "jwt"}
RUNNING = {
    "tenantId": "acme",
    "principalId": "run:run_1",
    "roles": "",
    "credential": "run",
    "runId": "run_1",
    "agent": "echo",
    "versionId": "ver_1",
    "sessionId": "ses_1",
    "mode": "sync",
}
JSON = {"Content-Type": "application/json; charset=utf-8"}


class NewFile(ApiModel):
    name: str


class Anything(ApiModel):
    value: Any


class FileReply(ApiReply):
    file_name: str
    note: str | None = None


class Service:
    """What the operations below are given."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.failure: Exception | None = None

    def note(self, call: Call) -> None:
        self.calls.append(call)
        if self.failure:
            raise self.failure


FILES = Routes("files")


@FILES.handle("POST /v1/files", request=NewFile, replies={201: FileReply})
def create(call: Call, service: Service, body: NewFile) -> Reply:
    """Create a file.

    With a second paragraph.
    """
    service.note(call)
    return Reply(FileReply(file_name=body.name), 201, {"Location": "/v1/files/1"}, cookies=("a=1", "b=2"))


@FILES.handle("GET /v1/files", replies={200: FileReply}, query={"limit": "How many.", "cursor": "From where."})
def listed(call: Call, service: Service) -> FileReply:
    """List files."""
    service.note(call)
    return FileReply(file_name=f"{call.limit()}{call.cursor or ''}")


@FILES.handle("DELETE /v1/files/{id}", replies={204: None})
def delete(call: Call, service: Service) -> Reply:
    service.note(call)
    return Reply(None, 204)


@FILES.handle("GET /v1/files/{id}", replies={200: None})
def read(call: Call, service: Service) -> Reply:
    """Read a file."""
    service.note(call)
    return Reply({"id": call.path["id"], "unicode": "é"})


def event(method: str = "GET", resource: str = "/v1/files", **more: Any) -> dict[str, Any]:
    return {
        "httpMethod": method,
        "resource": resource,
        "path": resource,
        "headers": {},
        "requestContext": {"requestId": "req-1", "identity": {"sourceIp": "203.0.113.7"}, "authorizer": PERSON},
    } | more


def posted(body: Any, headers: Mapping[str, str] = JSON, **more: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return event("POST", headers=headers, body=text, **more)


def answer(request: Mapping[str, Any], service: Service | None = None) -> dict[str, Any]:
    return lambda_handler(FILES, lambda: service or Service())(request, None)


def problem(request: Mapping[str, Any], service: Service | None = None) -> dict[str, Any]:
    found = answer(request, service)
    assert found["headers"]["content-type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(found["body"])
    assert body["status"] == found["statusCode"]
    return body


# Who is told of a caller


def test_whoever_counts_calls_is_told_of_each_admitted_caller_and_of_no_other() -> None:
    seen: list[Any] = []
    handle = lambda_handler(FILES, Service, used=seen.append)
    assert handle(event(), None)["statusCode"] == 200
    assert handle(posted("{"), None)["statusCode"] == 400
    assert [who.principal_id for who in seen] == [Identity.from_event(event()).principal_id] * 2
    for request in (event("PUT"), event(requestContext={}), event("GET", "/v1/health")):
        assert handle(request, None)["statusCode"] >= 400
    assert len(seen) == 2


# Answers


def test_a_model_is_answered_by_alias_with_200_and_without_nulls() -> None:
    found = answer(event())
    assert (found["statusCode"], found["body"]) == (200, '{"fileName":"50"}')


def test_a_reply_keeps_its_status_headers_and_cookies() -> None:
    found = answer(posted({"name": "x.csv"}))
    assert (found["statusCode"], found["body"]) == (201, '{"fileName":"x.csv"}')
    assert found["headers"]["Location"] == "/v1/files/1"
    assert found["multiValueHeaders"] == {"set-cookie": ["a=1", "b=2"]}


def test_an_empty_reply_has_an_empty_body() -> None:
    found = answer(event("DELETE", "/v1/files/{id}"))
    assert (found["statusCode"], found["body"]) == (204, "")
    assert "multiValueHeaders" not in found


def test_a_plain_value_is_answered_as_json() -> None:
    found = answer(event(resource="/v1/files/{id}", pathParameters={"id": "1"}))
    assert found["body"] == '{"id":"1","unicode":"é"}'


def test_every_answer_can_be_traced_and_is_not_stored() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for request in (event(), event("PUT"), posted("{")):
        found = answer(request | {"headers": {"TraceParent": f"00-{trace}-00f067aa0ba902b7-01"}})
        assert found["headers"]["x-request-id"] == "req-1"
        assert trace in found["headers"]["traceparent"]
        assert found["headers"]["cache-control"] == "no-store"
        assert found["headers"]["x-content-type-options"] == "nosniff"


def test_a_request_without_an_id_is_named_by_its_span() -> None:
    found = answer({"httpMethod": "GET", "resource": "/nowhere"})
    assert found["headers"]["x-request-id"] == found["headers"]["traceparent"].split("-")[2]


# What an operation is given


def test_a_call_carries_what_the_request_said() -> None:
    service = Service()
    answer(
        event(resource="/v1/files/{id}", pathParameters={"id": "7"}, headers={"X-A": "b"}, path="/v1/files/7"), service
    )
    call = service.calls[0]
    assert (call.path, call.headers, call.source_ip, call.url_path) == (
        {"id": "7"},
        {"x-a": "b"},
        "203.0.113.7",
        "/v1/files/7",
    )
    assert (call.who().tenant(), call.request_id, call.route.key) == ("acme", "req-1", "GET /v1/files/{id}")


def test_a_body_may_come_in_base64() -> None:
    assert answer(posted("eyJuYW1lIjoiw6kifQ==", isBase64Encoded=True))["body"] == '{"fileName":"é"}'


def test_absent_maps_are_read_as_empty() -> None:
    absent: dict[str, Any] = {"headers": None, "pathParameters": None, "queryStringParameters": None, "body": None}
    assert answer(event(**absent))["statusCode"] == 200


# Who may


@pytest.mark.parametrize("context", [None, {}, {"roles": "Tenant.Admin"}])
def test_nobody_is_asked_who_they_are(context: Any) -> None:
    assert problem(event(requestContext={"authorizer": context}))["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "context",
    [
        *(PERSON | {"roles": roles} for roles in ("", "Tenant.Viewer", "Platform.Admin", "Tenant.Developers")),
        *(RUNNING, RUNNING | {"roles": "Tenant.Developer"}),
    ],
)
def test_a_caller_outside_the_routes_row_is_refused(context: dict[str, str]) -> None:
    service = Service()
    assert problem(posted({"name": "x"}, requestContext={"authorizer": context}), service)["code"] == "FORBIDDEN"
    assert service.calls == []


def route(key: str) -> access.Route:
    found = access.find(*key.split(" "))
    assert found is not None
    return found


def test_a_running_agent_enters_the_gateway_and_a_person_does_not() -> None:
    gateway = route("POST /v1/gateway/token")
    identity = api.admit(gateway, {"requestContext": {"authorizer": RUNNING}})
    assert identity is not None
    assert identity.agent_run().run_id == "run_1"
    with pytest.raises(Forbidden):
        api.admit(gateway, {"requestContext": {"authorizer": PERSON}})


@pytest.mark.parametrize("key", ["GET /v1/health", "POST /bff/token"])
def test_public_and_cookie_routes_have_no_verified_identity(key: str) -> None:
    assert api.admit(route(key), {"requestContext": {"authorizer": PERSON}}) is None


def call(headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None) -> Call:
    health = route("GET /v1/health")
    return Call(health, None, {}, query or {}, headers or {}, b"", "r", "", "/", continue_trace(None))


def test_a_public_call_is_nobodys() -> None:
    with pytest.raises(Forbidden):
        call().who()


# What is refused


@pytest.mark.parametrize(
    "request_",
    [event("PUT"), event(resource="/nowhere"), event("GET", "/v1/agents"), {"httpMethod": None}, {}],
    ids=["method", "path", "another function's route", "no method", "nothing"],
)
def test_what_is_not_served_here_is_not_there(request_: dict[str, Any]) -> None:
    assert problem(request_)["code"] == "NOT_FOUND"


def test_a_parameter_that_the_route_does_not_know_is_named() -> None:
    found = problem(event(queryStringParameters={"limit": "1", "tenantId": "globex"}))
    assert (found["status"], found["errors"]) == (400, [{"pointer": "?tenantId", "message": "unknown parameter"}])


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonp"}])
def test_another_media_type_is_refused(headers: dict[str, str]) -> None:
    assert problem(posted({"name": "x"}, headers))["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("media_type", ["application/json", "APPLICATION/JSON", "application/json;charset=utf-8"])
def test_json_is_json_in_any_spelling(media_type: str) -> None:
    assert answer(posted({"name": "x"}, {"content-TYPE": media_type}))["statusCode"] == 201


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "[]", '"x"', "null", "NaN", '{"name": NaN}', '{"name": 1e999}', '{"name": -1e999}', "\ufeff{}"),
        *("[" * 100_000, '{"a":' * 65 + "1" + "}" * 65, '{"name": ' + "9" * 5000 + "}", '{"name": "\\ud800"}'),
    ],
)
def test_a_body_that_is_no_json_object_of_sane_shape_is_refused(body: str) -> None:
    assert problem(posted(body))["code"] == "INVALID_BODY"


@pytest.mark.parametrize(("levels", "fits"), [(63, True), (64, False)])
def test_a_body_may_be_64_levels_deep_values_included(levels: int, fits: bool) -> None:  # noqa: FBT001 - a case
    body = ('{"value":' * levels + "1.5" + "}" * levels).encode()
    if fits:
        assert api.parse_body(Anything, body, {"content-type": "application/json"}).value is not None
    else:
        with pytest.raises(InvalidBody):
            api.parse_body(Anything, body, {"content-type": "application/json"})


def test_bad_fields_are_named() -> None:
    found = problem(posted({"nome": "x"}))
    assert {item["pointer"] for item in found["errors"]} == {"/name", "/nome"}


def test_a_body_may_have_six_mebibytes() -> None:
    small = json.dumps({"name": "x" * (api.MAX_BODY_BYTES - 12)})
    assert len(small) == api.MAX_BODY_BYTES
    assert answer(posted(small))["statusCode"] == 201
    assert problem(posted(small + " "))["code"] == "PAYLOAD_TOO_LARGE"


# Failures


def test_a_failure_of_the_domain_is_answered_as_it_says() -> None:
    service = Service()
    service.failure = NotFound("No such file.", retry_after=2)
    found = answer(event(), service)
    assert (found["statusCode"], found["headers"]["retry-after"]) == (404, "2")
    assert json.loads(found["body"])["detail"] == "No such file."


def test_an_unforeseen_failure_says_nothing_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    service = Service()
    service.failure = RuntimeError("the password is hunter2")
    found = problem(event(), service)
    assert (found["status"], found["code"], found["requestId"]) == (500, "INTERNAL", "req-1")
    assert "hunter2" not in json.dumps(found)
    assert "UnexpectedFailure" in capsys.readouterr().out


def test_an_answer_that_cannot_be_written_is_an_unforeseen_failure() -> None:
    routes = Routes("files")
    routes.handle("GET /v1/files", replies={200: None})(lambda _call, _service: Reply({"when": object()}))
    found = lambda_handler(routes, Service)(event(), None)
    assert (found["statusCode"], json.loads(found["body"])["code"]) == (500, "INTERNAL")


def test_a_body_in_another_encoding_than_utf_8_is_refused() -> None:
    body = base64.b64encode('{"name": "x"}'.encode("utf-16")).decode()
    assert problem(posted(body, isBase64Encoded=True))["code"] == "INVALID_BODY"


def test_a_whole_surrogate_pair_is_text() -> None:
    assert json.loads(answer(posted('{"name": "\\ud83d\\ude00"}'))["body"]) == {"fileName": "\U0001f600"}


def test_a_service_that_cannot_be_made_is_an_unforeseen_failure() -> None:
    def broken() -> Service:
        raise KeyError("TABLE")

    assert lambda_handler(FILES, broken)(event(), None)["statusCode"] == 500


def test_an_operation_that_is_missing_is_not_there() -> None:
    assert lambda_handler(Routes("files"), Service)(event(), None)["statusCode"] == 404


# Declaring


@pytest.mark.parametrize("key", ["GET /v1/nowhere", "GET /v1/agents", "PUT /v1/files", "GET", ""])
def test_only_the_functions_own_routes_can_be_declared(key: str) -> None:
    with pytest.raises(LookupError, match="not a route of files"):
        Routes("files").handle(key, replies={})


def test_an_operation_describes_itself_by_its_first_line() -> None:
    found = FILES.operations["POST /v1/files"]
    assert (found.summary, found.request, found.replies) == ("Create a file.", NewFile, {201: FileReply})
    assert FILES.operations["DELETE /v1/files/{id}"].summary == ""
    assert FILES.operations["GET /v1/files"].query.keys() == {"limit", "cursor"}


# Headers and parameters


@pytest.mark.parametrize("value", ["x", "x" * 255, "a b"])
def test_an_idempotency_key_is_printable_text(value: str) -> None:
    assert call({"idempotency-key": value}).idempotency_key == value


@pytest.mark.parametrize("value", ["", "x" * 256, "é", "a\nb", "\x7f"])
def test_another_idempotency_key_is_refused(value: str) -> None:
    with pytest.raises(BadRequest):
        _ = call({"idempotency-key": value}).idempotency_key


def test_no_idempotency_key_is_none() -> None:
    assert call().idempotency_key is None


@pytest.mark.parametrize(("value", "version"), [('"7"', 7), ("7", 7), ('W/"12"', 12), ('"0"', 0)])
def test_an_etag_names_a_version(value: str, version: int) -> None:
    assert call({"if-match": value}).if_match() == version


@pytest.mark.parametrize("value", ["", "*", '"x"', '"-1"', '"1.0"', '"٣"', '"' + "9" * 19 + '"', '"1", "2"'])
def test_what_is_no_etag_is_refused(value: str) -> None:
    with pytest.raises(BadRequest):
        call({"if-match": value}).if_match()


def test_a_change_needs_an_etag() -> None:
    with pytest.raises(PreconditionRequired):
        call().if_match()


@pytest.mark.parametrize(("value", "limit"), [(None, 50), ("1", 1), ("100", 100), ("007", 7)])
def test_a_limit_is_1_to_100(value: str | None, limit: int) -> None:
    assert call(query={} if value is None else {"limit": value}).limit() == limit


@pytest.mark.parametrize("value", ["", "0", "101", "-1", "1.5", "x", "٣", "1e1", "00001", "9" * 5000])
def test_another_limit_is_refused(value: str) -> None:
    with pytest.raises(BadRequest) as caught:
        call(query={"limit": value}).limit()
    assert caught.value.errors[0].pointer == "?limit"


@pytest.mark.parametrize("value", [None, "open"])
def test_a_choice_is_one_of_those_there_are_or_left_out(value: str | None) -> None:
    assert call(query={} if value is None else {"status": value}).choice("status", ("open", "closed")) == value


@pytest.mark.parametrize("value", ["", "Open", "open,closed", "x" * 5000])
def test_another_choice_is_refused_with_those_there_are(value: str) -> None:
    with pytest.raises(BadRequest, match="status must be one of open, closed") as caught:
        call(query={"status": value}).choice("status", ("open", "closed"))
    assert caught.value.errors[0].pointer == "?status"
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(("query", "cursor"), [({}, None), ({"cursor": ""}, None), ({"cursor": "x"}, "x")])
def test_a_cursor_is_taken_as_sent(query: dict[str, str], cursor: str | None) -> None:
    assert call(query=query).cursor == cursor


def test_the_root_of_all_failures_is_not_the_clients_fault() -> None:
    assert AmbitError("x").status == 500
