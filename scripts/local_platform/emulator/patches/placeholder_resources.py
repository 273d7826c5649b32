"""CloudFormation: types that the emulator refuses are recorded as placeholders; nothing is created for them.

What they would do on AWS is checked on the templates and in the deployed smoke test (docs/local-platform.md).
"""

from __future__ import annotations

import hashlib
from typing import Any

from scripts.local_platform.emulator.seam import SeamMoved, module, require

ALARM = "AWS::CloudWatch::Alarm"
TYPES = (
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentConfig",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Events::Archive",
    "AWS::WAFv2::WebACLAssociation",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::ApplicationInsights::Application",
    "AWS::XRay::Group",
    "AWS::XRay::SamplingRule",
)


def placeholder_id(logical_id: str, stack: str) -> str:
    """A stable physical id, so that an unchanged stack stays unchanged."""
    return f"{logical_id}-{hashlib.sha256(f'{stack}/{logical_id}'.encode()).hexdigest()[:12]}"


def create(logical_id: str, props: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """Record the resource; its `Arn` and `Id` attributes are its placeholder id."""
    del props
    name = placeholder_id(logical_id, stack)
    return name, {"Arn": f"arn:aws:placeholder:us-east-1:000000000000:{name}", "Id": name}


def update(physical_id: str, *_: Any, **__: Any) -> tuple[str, dict[str, str]]:
    """Keep the record as it is."""
    return physical_id, {"Arn": f"arn:aws:placeholder:us-east-1:000000000000:{physical_id}", "Id": physical_id}


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Nothing was created, so nothing is deleted."""
    del physical_id, props


def allow_metric_math(handler: dict[str, Any]) -> None:
    """Alarms on metric math, which the emulator refuses, become placeholders; other alarms stay real."""
    stock_create, stock_update, stock_delete = handler["create"], handler["update"], handler["delete"]

    def create_alarm(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        return (create if props.get("Metrics") else stock_create)(logical_id, props, stack)

    def update_alarm(physical_id: str, old: Any, new: Any, *rest: Any, **named: Any) -> Any:
        return (update if new.get("Metrics") else stock_update)(physical_id, old, new, *rest, **named)

    def delete_alarm(physical_id: str, props: dict[str, Any]) -> None:
        (delete if props.get("Metrics") else stock_delete)(physical_id, props)

    handler.update(create=create_alarm, update=update_alarm, delete=delete_alarm)


def apply() -> None:
    """Register the placeholders; fails for a type that the emulator has learned."""
    provisioners = module("services.cloudformation.provisioners")
    handlers = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
    require(provisioners._cw_metric_alarm_record, "(metric math) is not supported")  # noqa: SLF001
    learned = [name for name in TYPES if name in handlers]
    if learned:
        raise SeamMoved(f"the emulator now provisions {', '.join(learned)}: drop the placeholder")
    allow_metric_math(handlers[ALARM])
    for name in TYPES:
        handlers[name] = {"create": create, "update": update, "delete": delete}
