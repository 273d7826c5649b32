"""CloudFormation: properties of REST APIs and methods that the emulator's provisioners drop.

`ApiKeySourceType` of a RestApi, `RequestValidatorId` of a Method, and a RequestValidator as a whole.
All are kept by the emulator's own API, so
they are set on the record after the stock handler has made it.
"""

from __future__ import annotations

import inspect
from typing import Any

from scripts.local_platform.emulator.seam import SeamMoved, module, require

REST_API = "AWS::ApiGateway::RestApi"
METHOD = "AWS::ApiGateway::Method"
VALIDATOR = "AWS::ApiGateway::RequestValidator"


def set_key_source(gateway: Any, props: dict[str, Any], physical_id: str) -> None:
    """Record where this API takes its callers' API keys from."""
    record = gateway._rest_apis.get(physical_id)  # noqa: SLF001
    record["apiKeySource"] = props.get("ApiKeySourceType", "HEADER")


def set_validator(gateway: Any, props: dict[str, Any], _physical_id: str) -> None:
    """Attach the method's request validator."""
    resource = gateway._resources.get(props["RestApiId"])[props["ResourceId"]]  # noqa: SLF001
    method = resource["resourceMethods"][props["HttpMethod"]]
    method["requestValidatorId"] = props.get("RequestValidatorId")


def store_validator(gateway: Any, props: dict[str, Any], physical_id: str) -> None:
    """Keep the validator where requests look for it; the stock provisioner only makes up an id."""
    record = {
        "id": physical_id,
        "name": props.get("Name", physical_id),
        "validateRequestBody": props.get("ValidateRequestBody") in (True, "true"),
        "validateRequestParameters": props.get("ValidateRequestParameters") in (True, "true"),
    }
    gateway._request_validators.setdefault(props["RestApiId"], {})[physical_id] = record  # noqa: SLF001


def follow(handler: dict[str, Any], gateway: Any, complete: Any) -> None:
    """Run `complete` after the handler's create and update."""
    create, update = handler["create"], handler["update"]

    def create_and_complete(logical_id: str, props: Any, stack: str) -> Any:
        made = create(logical_id, props, stack)
        complete(gateway, props, made[0])
        return made

    def update_and_complete(physical_id: str, old: Any, new: Any, *rest: Any) -> Any:
        made = update(physical_id, old, new, *rest)
        complete(gateway, new, made[0] if isinstance(made, tuple) else physical_id)
        return made

    handler["create"], handler["update"] = create_and_complete, update_and_complete


def apply() -> None:
    """Wrap the two provisioners; fails when they have learned the properties themselves."""
    provisioners, gateway = module("services.cloudformation.provisioners"), module("services.apigateway_v1")
    require(gateway._put_method, '"requestValidatorId"')  # noqa: SLF001
    require(gateway._create_rest_api, '"apiKeySource"')  # noqa: SLF001
    handlers = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
    require(handlers[REST_API]["create"], "minimumCompressionSize")
    require(handlers[METHOD]["create"], "_put_method(")
    if "RequestValidatorId" in inspect.getsource(handlers[METHOD]["create"]):
        raise SeamMoved("the emulator now reads RequestValidatorId itself: drop this correction")
    follow(handlers[REST_API], gateway, set_key_source)
    follow(handlers[METHOD], gateway, set_validator)
    follow(handlers[VALIDATOR], gateway, store_validator)
