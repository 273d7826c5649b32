"""Queues that lose nothing silently."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import StageSettings
from infra.queues import dead_letters_named, retried_named
from infra.suppressions import suppress

_LONGEST_RETENTION = Duration.days(14)
_ATTEMPTS = 5


class DeadLetterQueue(sqs.Queue):
    """Where what could not be done waits for a person; kept as long as SQS keeps anything.

    UnregisteredQueueError when `name` is not in the register, by which it is watched and emptied.
    """

    def __init__(self, scope: Construct, queue_id: str, *, settings: StageSettings, key: kms.IKey, name: str) -> None:
        super().__init__(
            scope,
            queue_id,
            queue_name=settings.name(dead_letters_named(name).queue),
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=not settings.is_local,
            retention_period=_LONGEST_RETENTION,
        )
        suppress(self, "sqs_dlq_check", "It is a dead-letter queue: an alarm watches it, a person empties it.")


class RetriedQueue(sqs.Queue):
    """A queue whose messages move to `dead_letters` after five failed attempts.

    `visibility` is six times the consumer's timeout or more:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    UnregisteredQueueError when `name` is not in the register.
    """

    def __init__(
        self,
        scope: Construct,
        queue_id: str,
        *,
        settings: StageSettings,
        key: kms.IKey,
        name: str,
        visibility: Duration,
        dead_letters: DeadLetterQueue,
    ) -> None:
        super().__init__(
            scope,
            queue_id,
            queue_name=settings.name(retried_named(name).queue),
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=not settings.is_local,
            visibility_timeout=visibility,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=_ATTEMPTS),
        )
        reason = "Its dead-letter queue is another stack's, which the rule does not follow; a test asks for it instead."
        suppress(self, "sqs_dlq_check", reason)
