"""`/v1/models`: the tenant is the caller's own, whatever the request says."""

from typing import Final

from lambdas.model_registry.models import ModelNamePage, ModelNameReply, PutModel
from lambdas.model_registry.service import Entry, RegistryService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("model_registry")


@ROUTES.handle("GET /v1/models", replies={200: ModelNamePage})
def list_model_names(call: Call, service: RegistryService) -> ModelNamePage:
    """List the names under which agents ask for models, with providers and prices."""
    return service.list(call.who())


@ROUTES.handle("GET /v1/models/{alias}", replies={200: ModelNameReply})
def get_model(call: Call, service: RegistryService) -> Reply:
    """Look at one name; with an ETag where the tenant has said something of it."""
    return _tagged(service.get(call.who(), call.path["alias"]))


@ROUTES.handle("PUT /v1/models/{alias}", request=PutModel, replies={200: ModelNameReply, 201: ModelNameReply})
def put_model(call: Call, service: RegistryService, body: PutModel) -> Reply:
    """Bind a name to models that the platform offers, or switch it off; effective within 15 s."""
    etag = call.if_match() if "if-match" in call.headers else None
    return _tagged(service.put(call.who(), call.path["alias"], etag, body))


@ROUTES.handle("DELETE /v1/models/{alias}", replies={204: None})
def remove_model(call: Call, service: RegistryService) -> Reply:
    """Take back what the tenant has said of a name: the platform's word counts again, within 15 s."""
    service.remove(call.who(), call.path["alias"], call.if_match())
    return Reply(None, 204)


def _tagged(entry: Entry) -> Reply:
    tag = {} if entry.etag is None else {"etag": f'"{entry.etag}"'}
    return Reply(entry.model, 201 if entry.fresh else 200, tag)
