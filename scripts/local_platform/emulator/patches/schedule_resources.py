"""IAM: a schedule is authorised as one of its group's.

Stock behaviour: the resource names the group `default`, whatever group the request names, so that a role allowed on one
group is refused. Source: EventBridge Scheduler, "Identity-based policies", `arn:…:schedule/GROUP/NAME`.
"""

from __future__ import annotations

import json
from typing import Any

from scripts.local_platform.emulator.seam import module, require

_DEFAULT = ":schedule/default/"


def group_in(body: bytes, *rest: Any) -> str:
    """The group that a request names, in its body or its query; "default" when it names none."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        asked = {}
    found = asked.get("GroupName") if isinstance(asked, dict) else None
    for one in rest:
        named = one.get("groupName") if isinstance(one, dict) else None
        found = found or (named[0] if isinstance(named, list) and named else named)
    return found if isinstance(found, str) and found else "default"


def apply() -> None:
    """Name the group; leave the rest to the emulator."""
    actions = module("core.iam_actions")
    stock = actions.extract_resource_arn
    require(module("core.iam_actions")._get_routes_for_service, "service")  # noqa: SLF001

    def in_group(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any, **named: Any) -> Any:
        found = stock(service, method, path, headers, body, *rest, **named)
        if service != "scheduler" or not isinstance(found, str) or _DEFAULT not in found:
            return found
        return found.replace(_DEFAULT, f":schedule/{group_in(body, *rest, *named.values())}/")

    actions.extract_resource_arn = in_group
