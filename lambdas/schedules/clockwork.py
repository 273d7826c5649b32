"""EventBridge Scheduler: who tells a queue each of a schedule's times.

Each schedule has one of its own there, by its id, in the stage's group. Its message names tenant, schedule and time;
what is to happen then is read from the record, so that nothing of a tenant's content leaves the tables.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.failures import code_of, store_failures
from governance.schedules.policies import Status

TIME: Final = "<aws.scheduler.scheduled-time>"
"""Scheduler puts the time in its place: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html."""
_ABSENT: Final = "ResourceNotFoundException"
_OLDEST_SECONDS: Final = 3600
_ATTEMPTS: Final = 10

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Clockwork:
    """`client` makes a client of Scheduler, `sqs` one of SQS; the queue is where times are told."""

    client: Callable[[], Any]
    sqs: Callable[[], Any]
    group: str
    queue_arn: str
    queue_url: str
    role_arn: str
    letters_arn: str

    def put(self, tenant_id: str, record: Item) -> None:
        """Have a schedule's times told as its record says, whether it was known before or not."""
        from botocore.exceptions import ClientError

        request = self._request(tenant_id, record)
        try:
            with store_failures():
                self.client().update_schedule(**request)
        except ClientError as failure:
            if code_of(failure) != _ABSENT:
                raise
            # Of this version: one that went after its last time may be made again.
            token = f"{record['scheduleId']}-{record['etag']}"
            with store_failures():
                self.client().create_schedule(**request, ClientToken=token)

    def remove(self, schedule_id: str) -> None:
        """Have nothing told any more; nothing happens when it is gone."""
        from botocore.exceptions import ClientError

        try:
            with store_failures():
                self.client().delete_schedule(GroupName=self.group, Name=schedule_id)
        except ClientError as failure:
            if code_of(failure) != _ABSENT:
                raise

    def tell(self, tenant_id: str, schedule_id: str, at: str) -> None:
        """Tell a time now, whatever the clock says."""
        body = {"tenantId": tenant_id, "scheduleId": schedule_id, "scheduledFor": at, "asked": True}
        with store_failures():
            self.sqs().send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body))

    def _request(self, tenant_id: str, record: Item) -> dict[str, Any]:
        jitter = int(record["jitterMinutes"])
        told = {"tenantId": tenant_id, "scheduleId": record["scheduleId"], "scheduledFor": TIME}
        return {
            "GroupName": self.group,
            "Name": record["scheduleId"],
            "ScheduleExpression": record["expression"],
            "ScheduleExpressionTimezone": record["timeZone"],
            "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": jitter} if jitter else {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "State": "ENABLED" if record["status"] == Status.ACTIVE else "DISABLED",
            "Target": {
                "Arn": self.queue_arn,
                "RoleArn": self.role_arn,
                "Input": json.dumps(told),
                "DeadLetterConfig": {"Arn": self.letters_arn},
                "RetryPolicy": {"MaximumEventAgeInSeconds": _OLDEST_SECONDS, "MaximumRetryAttempts": _ATTEMPTS},
            },
        }
