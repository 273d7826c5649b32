"""`/v1/schedules`: the tenant is the caller's own, whatever the request says."""

from typing import Final

from lambdas.schedules.models import (
    MOST_PREVIEWED,
    CreateSchedule,
    PatchSchedule,
    Preview,
    PreviewTimes,
    ScheduleDetail,
    SchedulePage,
    ScheduleReply,
    Times,
    Told,
)
from lambdas.schedules.service import ScheduleService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("schedules")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}
_MANY: Final = {"limit": f"How many times, 1 to {MOST_PREVIEWED}."}


@ROUTES.handle("POST /v1/schedules", request=CreateSchedule, replies={201: ScheduleReply})
def create_schedule(call: Call, service: ScheduleService, body: CreateSchedule) -> Reply:
    """Have an agent run at times, as who asks for it."""
    made, replayed = service.create(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/schedules/{made.schedule_id}", "etag": '"1"'}
    return Reply(made, 201, headers | ({"idempotency-replayed": "true"} if replayed else {}))


@ROUTES.handle("GET /v1/schedules", replies={200: SchedulePage}, query=_PAGING)
def list_schedules(call: Call, service: ScheduleService) -> SchedulePage:
    """List the tenant's schedules, newest first."""
    return service.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("POST /v1/schedules/preview", request=PreviewTimes, replies={200: Times})
def preview_times(call: Call, service: ScheduleService, body: PreviewTimes) -> Times:
    """Tell when an expression would run, before there is a schedule."""
    return service.times(call.who(), body)


@ROUTES.handle("GET /v1/schedules/{id}", replies={200: ScheduleDetail})
def get_schedule(call: Call, service: ScheduleService) -> Reply:
    """Look at a schedule and what became of its latest times."""
    return _tagged(*service.get(call.who(), call.path["id"]))


@ROUTES.handle("GET /v1/schedules/{id}/preview", replies={200: Preview}, query=_MANY)
def preview_schedule(call: Call, service: ScheduleService) -> Preview:
    """Tell a schedule's next times."""
    return service.preview(call.who(), call.path["id"], call.limit(default=10, most=MOST_PREVIEWED))


@ROUTES.handle("PATCH /v1/schedules/{id}", request=PatchSchedule, replies={200: ScheduleReply})
def change_schedule(call: Call, service: ScheduleService, body: PatchSchedule) -> Reply:
    """Change a schedule of one's own."""
    return _tagged(*service.change(call.who(), call.path["id"], call.if_match(), body))


@ROUTES.handle("POST /v1/schedules/{id}/pause", replies={200: ScheduleReply})
def pause_schedule(call: Call, service: ScheduleService) -> Reply:
    """Have nothing run until it is resumed."""
    return _tagged(*service.pause(call.who(), call.path["id"]))


@ROUTES.handle("POST /v1/schedules/{id}/resume", replies={200: ScheduleReply})
def resume_schedule(call: Call, service: ScheduleService) -> Reply:
    """Let a paused or stopped schedule go on."""
    return _tagged(*service.resume(call.who(), call.path["id"]))


@ROUTES.handle("POST /v1/schedules/{id}/run", replies={202: Told})
def run_schedule(call: Call, service: ScheduleService) -> Reply:
    """Have it run now, besides its times."""
    return Reply(service.run(call.who(), call.path["id"]), 202)


@ROUTES.handle("DELETE /v1/schedules/{id}", replies={204: None})
def delete_schedule(call: Call, service: ScheduleService) -> Reply:
    """Remove a schedule; runs that began go on."""
    service.remove(call.who(), call.path["id"])
    return Reply(None, 204)


def _tagged(body: ScheduleReply, etag: int) -> Reply:
    return Reply(body, 200, {"etag": f'"{etag}"'})
