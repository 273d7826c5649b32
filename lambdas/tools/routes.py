"""`/v1/tools` for tenants; for operators `/v1/platform/tools`, and `/v1/tool-packs` with those who publish them."""

from typing import Final

from lambdas.tools.models import (
    InstallPack,
    PackPage,
    PackReply,
    PackVersionReply,
    PublishedPackReply,
    PublisherKeyPage,
    PublisherKeyReply,
    PublishPack,
    PutTool,
    RegisteredToolPage,
    RegisteredToolReply,
    RegisterPublisherKey,
    RevokePublisherKey,
    ToolPage,
    ToolReply,
)
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


@ROUTES.handle("POST /v1/tool-packs", request=PublishPack, replies={200: PublishedPackReply, 201: PublishedPackReply})
def publish_tool_pack(call: Call, service: ToolService, body: PublishPack) -> Reply:
    """Publish a version of a tool pack, signed; the same content again is the version there is."""
    made = service.packs.publish(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    place = f"/v1/tool-packs/{made.version.name}/versions/{made.version.version}"
    return Reply(made.version, 201 if made.fresh else 200, {"location": place, **_again(replayed=made.replayed)})


@ROUTES.handle("GET /v1/tool-packs", replies={200: PackPage}, query=_PAGING)
def list_tool_packs(call: Call, service: ToolService) -> PackPage:
    """List tool packs by name, with their versions and which is installed."""
    return service.packs.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/tool-packs/{name}/versions/{version}", replies={200: PackVersionReply})
def pull_tool_pack(call: Call, service: ToolService) -> PackVersionReply:
    """Pull a version of a tool pack: its envelope, to be verified by whoever pulls it."""
    return service.packs.pull(call.who(), call.path["name"], call.path["version"])


@ROUTES.handle("POST /v1/tool-packs/{name}/versions/{version}/install", request=InstallPack, replies={200: PackReply})
def install_tool_pack(call: Call, service: ToolService, body: InstallPack) -> PackReply:
    """Put a version's tools into the register, all or none; called so within 30 s."""
    return service.installs.install(call.who(), call.path["name"], call.path["version"], body)


@ROUTES.handle("POST /v1/tool-packs/{name}/uninstall", replies={200: PackReply})
def uninstall_tool_pack(call: Call, service: ToolService) -> PackReply:
    """Take a pack's tools out of the register; nobody calls them any more within 30 s."""
    return service.installs.uninstall(call.who(), call.path["name"])


@ROUTES.handle("POST /v1/tool-pack-publishers", request=RegisterPublisherKey, replies={201: PublisherKeyReply})
def register_publisher_key(call: Call, service: ToolService, body: RegisterPublisherKey) -> Reply:
    """Trust a key of somebody who publishes tool packs."""
    made, replayed = service.publishers.register(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, _again(replayed=replayed))


@ROUTES.handle("GET /v1/tool-pack-publishers", replies={200: PublisherKeyPage}, query=_PAGING)
def list_publisher_keys(call: Call, service: ToolService) -> PublisherKeyPage:
    """List the keys that tool packs are signed with, revoked ones too."""
    return service.publishers.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle(
    "POST /v1/tool-pack-publishers/{id}/revoke", request=RevokePublisherKey, replies={200: PublisherKeyReply}
)
def revoke_publisher_key(call: Call, service: ToolService, body: RevokePublisherKey) -> PublisherKeyReply:
    """Trust a key no more: nothing that it signed is published or installed again."""
    return service.publishers.revoke(call.who(), call.path["id"], body)


def _again(*, replayed: bool) -> dict[str, str]:
    return {"idempotency-replayed": "true"} if replayed else {}


def _tagged(outcome: PutOutcome) -> Reply:
    return Reply(outcome.tool, 201 if outcome.fresh else 200, {"etag": f'"{outcome.etag}"'})
