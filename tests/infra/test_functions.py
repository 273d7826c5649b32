"""Each function as deployed, held against what its code declares."""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from typing import Any

import pytest

import lambdas
from infra.config import CLOUD_STAGES, settings_for
from infra.functions import FUNCTIONS, INCIDENTS, FunctionSpec
from platform_kit.access import ROUTES

INTEGRATION_SECONDS = 29


@dataclass(frozen=True)
class Declared:
    """What a function's settings class reads: variables it needs, and variables it can do without."""

    required: frozenset[str]
    optional: frozenset[str]


def _declared(spec: FunctionSpec) -> Declared:
    module = importlib.import_module(f"lambdas.{spec.folder}.settings")
    classes = [item for _, item in inspect.getmembers(module, inspect.isclass) if item.__module__ == module.__name__]
    settings = [item for item in classes if item.__name__.endswith("Settings")]
    named = [item for item in settings if item.__name__.lower().startswith(spec.name.replace("_", ""))]
    (chosen,) = named or settings
    return _read(chosen)


def _read(settings: type) -> Declared:
    """Of a pydantic model, or of a named tuple where a function may not import pydantic."""
    fields = getattr(settings, "model_fields", None)
    if fields is None:
        return Declared(frozenset(name.upper() for name in settings.__annotations__), frozenset())
    required = frozenset(name.upper() for name, field in fields.items() if field.is_required())
    return Declared(required, frozenset(name.upper() for name in fields) - required)


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_is_given_every_variable_its_settings_require(spec: FunctionSpec) -> None:
    assert _declared(spec).required <= set(spec.variables) | {"AWS_REGION"}  # which Lambda sets


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_is_given_no_variable_its_settings_do_not_read(spec: FunctionSpec) -> None:
    declared = _declared(spec)

    assert set(spec.environment) <= declared.required | declared.optional


def test_every_function_of_the_route_table_is_deployed() -> None:
    assert {route.function for route in ROUTES} <= {spec.name for spec in FUNCTIONS}


def test_every_capability_is_deployed() -> None:
    folders = {module.name for module in pkgutil.iter_modules(lambdas.__path__) if module.ispkg}

    assert folders == {spec.folder for spec in FUNCTIONS}


def test_functions_are_deployed_as_declared(stacks: Any) -> None:
    functions = [function["Properties"] for function in stacks.resources("AWS::Lambda::Function").values()]
    deployed = {function["FunctionName"]: function for function in functions}
    stage = stacks.folder.name

    assert set(deployed) == {f"ambit-{stage}-{spec.name}" for spec in FUNCTIONS}
    for spec in FUNCTIONS:
        properties = deployed[f"ambit-{stage}-{spec.name}"]
        assert properties["Timeout"] == spec.timeout
        assert properties["MemorySize"] == spec.memory
        assert set(spec.variables) <= set(properties["Environment"]["Variables"])


@pytest.mark.parametrize("stage", CLOUD_STAGES)
def test_cloud_functions_run_python_3_13_on_arm(stage: str, stacks_of: Any) -> None:
    functions = stacks_of(stage).resources("AWS::Lambda::Function").values()

    assert {f["Properties"]["Runtime"] for f in functions} == {"python3.13"}
    assert {tuple(f["Properties"]["Architectures"]) for f in functions} == {("arm64",)}


def test_local_functions_are_sent_to_the_local_endpoints(local: Any) -> None:
    endpoints = settings_for("local").local
    assert endpoints is not None
    for function in local.resources("AWS::Lambda::Function").values():
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables.items() >= endpoints.environment().items()


def test_cloud_functions_are_sent_to_no_other_endpoint(prod: Any) -> None:
    for function in prod.resources("AWS::Lambda::Function").values():
        variables = function["Properties"]["Environment"]["Variables"]
        assert [name for name in variables if name.startswith("AWS_ENDPOINT_URL")] == []


def test_the_stream_function_streams_through_the_web_adapter(prod: Any) -> None:
    functions = prod.resources("AWS::Lambda::Function").values()
    (stream,) = [f["Properties"] for f in functions if f["Properties"]["FunctionName"] == "ambit-prod-stream"]
    variables = stream["Environment"]["Variables"]

    assert stream["Handler"] == "run.sh"
    assert ":753240598075:layer:LambdaAdapterLayerArm64:" in stream["Layers"][0]
    assert variables["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/bootstrap"
    assert variables["AWS_LWA_INVOKE_MODE"] == "response_stream"


def test_no_served_function_outlives_its_integration() -> None:
    served = {route.function for route in ROUTES if not route.streaming}

    assert [spec.name for spec in FUNCTIONS if spec.name in served and spec.timeout > INTEGRATION_SECONDS] == []


def test_guarded_requests_reach_nothing_but_the_internet_in_the_cloud(stacks: Any) -> None:
    functions = stacks.resources("AWS::Lambda::Function").values()
    variables = [function["Properties"].get("Environment", {}).get("Variables", {}) for function in functions]
    allowed = {given["OUTBOUND_ALLOW"] for given in variables if "OUTBOUND_ALLOW" in given}

    assert allowed == ({"http://127.0.0.1:8090"} if "local" in stacks.folder.name else {""})


def test_what_ends_the_runs_of_quarantined_agents_is_tried_again_and_then_kept_apart(stacks: Any) -> None:
    [(name, queue)] = [
        item for item in stacks.resources("AWS::SQS::Queue").items() if item[0].startswith("Quarantines")
    ]
    mappings = stacks.resources("AWS::Lambda::EventSourceMapping").values()
    [mapping] = [m["Properties"] for m in mappings if name in str(m["Properties"]["EventSourceArn"])]

    assert mapping["BatchSize"] == 1
    assert "Incidents" in str(mapping["FunctionName"])
    assert queue["Properties"]["VisibilityTimeout"] >= 6 * INCIDENTS.timeout
    assert "DeadLetters" in str(queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"])
