"""`/v1/budgets`: the tenant is the caller's own, whatever the request says."""

from typing import Final

from lambdas.budgets.models import BudgetList, BudgetReply, CreateBudget, PatchBudget
from lambdas.budgets.service import BudgetService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("budgets")


@ROUTES.handle("POST /v1/budgets", request=CreateBudget, replies={201: BudgetReply})
def create_budget(call: Call, service: BudgetService, body: CreateBudget) -> Reply:
    """Make a monthly budget that some agents share, or all of them."""
    made, replayed = service.create(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/budgets/{made.budget_id}", **({"idempotency-replayed": "true"} if replayed else {})}
    reply = _tagged(made, 201)
    return Reply(reply.body, reply.status, {**reply.headers, **headers})


@ROUTES.handle("GET /v1/budgets", replies={200: BudgetList})
def list_budgets(call: Call, service: BudgetService) -> BudgetList:
    """List the tenant's shared budgets with what is used of them; there are at most 20."""
    return service.list(call.who())


@ROUTES.handle("GET /v1/budgets/{id}", replies={200: BudgetReply})
def get_budget(call: Call, service: BudgetService) -> Reply:
    """Look at a shared budget."""
    return _tagged(service.get(call.who(), call.path["id"]))


@ROUTES.handle("PATCH /v1/budgets/{id}", request=PatchBudget, replies={200: BudgetReply})
def change_budget(call: Call, service: BudgetService, body: PatchBudget) -> Reply:
    """Change a shared budget, for runs that begin from ten seconds on."""
    return _tagged(service.change(call.who(), call.path["id"], call.if_match(), body))


@ROUTES.handle("DELETE /v1/budgets/{id}", replies={204: None})
def delete_budget(call: Call, service: BudgetService) -> Reply:
    """Remove a shared budget; runs that are going stay bound by it."""
    service.remove(call.who(), call.path["id"], call.if_match())
    return Reply(None, 204)


def _tagged(budget: BudgetReply, status: int = 200) -> Reply:
    return Reply(budget, status, {"etag": f'"{budget.version}"'})
