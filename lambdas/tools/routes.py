"""`/v1/tools` for tenants, `/v1/platform/tools` for operators."""

from typing import Final

from lambdas.tools.models import PutTool, RegisteredToolPage, RegisteredToolReply, ToolPage, ToolReply
from lambdas.tools.service import PutOutcome, ToolService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("tools")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@ROUTES.handle("GET /v1/tools", replies={200: ToolPage}, query=_PAGING)
def list_tools(call: Call, service: ToolService) -> ToolPage:
    """List the tools that agents can be given, by name."""
    return service.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/tools/{name}", replies={200: ToolReply})
def get_tool(call: Call, service: ToolService) -> ToolReply:
    """Look at one tool, with the schema of its arguments."""
    return service.get(call.who(), call.path["name"])


@ROUTES.handle("GET /v1/platform/tools", replies={200: RegisteredToolPage}, query=_PAGING)
def list_registered_tools(call: Call, service: ToolService) -> RegisteredToolPage:
    """List the tools that operators have registered, by name."""
    return service.registered(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/platform/tools/{name}", replies={200: RegisteredToolReply})
def get_registered_tool(call: Call, service: ToolService) -> Reply:
    """Look at a registered tool as its operators see it."""
    return _tagged(service.one_registered(call.who(), call.path["name"]))


@ROUTES.handle(
    "PUT /v1/platform/tools/{name}",
    request=PutTool,
    replies={200: RegisteredToolReply, 201: RegisteredToolReply},
)
def put_registered_tool(call: Call, service: ToolService, body: PutTool) -> Reply:
    """Register a tool at a URL or in a Lambda function, or change it; effective within 30 s."""
    etag = call.if_match() if "if-match" in call.headers else None
    return _tagged(service.put(call.who(), call.path["name"], etag, body))


@ROUTES.handle("DELETE /v1/platform/tools/{name}", replies={204: None})
def remove_registered_tool(call: Call, service: ToolService) -> Reply:
    """Take a registered tool away; nobody calls it any more within 30 s."""
    service.remove(call.who(), call.path["name"])
    return Reply(None, 204)


def _tagged(outcome: PutOutcome) -> Reply:
    return Reply(outcome.tool, 201 if outcome.fresh else 200, {"etag": f'"{outcome.etag}"'})
