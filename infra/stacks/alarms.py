"""What goes off and when: the list of alarms. Every name is the name of a runbook."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from governance.kill_switches import Scope
from infra.constructs.alarm_with_runbook import AlarmSpec
from infra.constructs.log_count import ANSWERS_429, TASKS_TIMED_OUT, log_metrics
from infra.constructs.platform_function import PlatformFunction
from infra.functions import PROVISIONING
from infra.queues import DEAD_LETTERS, RETRIED

NAMESPACE: Final = "Ambit"
_MINUTE: Final = Duration.minutes(1)
_FIVE_MINUTES: Final = Duration.minutes(5)
_SLOW_MILLISECONDS: Final = 3_000
_STUCK_MILLISECONDS: Final = 15 * 60 * 1000
_LATE_MILLISECONDS: Final = 300_000
_BAD_PERCENT: Final = 2
_LONG_WAIT_MILLISECONDS: Final = 30 * 60 * 1000  # half of the hour after which a call of a tool expires
_NEARLY_LOST_SECONDS: Final = 10 * 24 * 3600
_MANY_SLICES: Final = 1_200  # a run that waits asks every 25 s: 12 in five minutes, so a hundred runs
_MANY_EXPIRED: Final = 5
_MANY_UNCOUNTED: Final = 20  # in five minutes: a canary is blind when its runs are not counted
_MANY_OPENED: Final = 5  # breakers of webhook endpoints in five minutes; one endpoint opens its own once or twice
_MANY_STOPPED: Final = 10  # tenants' own switches in five minutes; a tenant may have fifty


@dataclass(frozen=True)
class Watched:
    """The resources of a stage that alarms look at."""

    stage: str
    api: apigateway.RestApi
    authoriser: PlatformFunction
    bridge: PlatformFunction
    tables: Sequence[dynamodb.ITable]
    sequencer: PlatformFunction
    publisher: PlatformFunction
    followers: Sequence[PlatformFunction]
    run_workflow_arn: str
    provision_workflow_arn: str
    lifecycle_workflow_arn: str


def of_platform(watched: Watched) -> list[AlarmSpec]:
    """The alarms there is one of."""
    return [
        *(*_edge(watched), *_security(watched), *_audit(watched), *_work(watched), *_events(watched)),
        *of_queues(watched.stage),
    ]


def of_functions(functions: Iterable[PlatformFunction]) -> list[AlarmSpec]:
    """Errors and throttles of each function."""
    return [spec for function in functions for spec in (_errors(function), _throttles(function))]


def _edge(watched: Watched) -> list[AlarmSpec]:
    api = watched.api
    rate = cloudwatch.MathExpression(
        expression="100 * IF(FILL(calls, 0) > 20, errors / calls, 0)",
        using_metrics={
            "errors": api.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
            "calls": api.metric_count(period=_FIVE_MINUTES, statistic="Sum"),
        },
        label="5xx, percent of calls",
        period=_FIVE_MINUTES,
    )
    return [
        AlarmSpec("api-5xx-rate", "2 % of the API's answers are 5xx.", rate, _BAD_PERCENT, periods=3, datapoints=2),
        AlarmSpec(
            *("api-latency-p99", "The slowest hundredth of calls takes 3 s or more."),
            api.metric_latency(period=_FIVE_MINUTES, statistic="p99"),
            *(_SLOW_MILLISECONDS, 3, 3),
        ),
        AlarmSpec("api-throttles", "Callers are refused with 429.", _logged(ANSWERS_429, watched), 100, 3, 2),
    ]


def _security(watched: Watched) -> list[AlarmSpec]:
    return [*_doors(watched), *_models(), *_policy(), *_stops(), *_tools()]


def _doors(watched: Watched) -> list[AlarmSpec]:
    """Who comes in, and who reaches for what is another's."""
    crossing = _counted("TenantAccessViolation")
    return [
        AlarmSpec(
            *("authoriser-errors", "The authoriser fails: callers get 503."),
            watched.authoriser.function.metric_errors(period=_MINUTE, statistic="Sum"),
            *(5, 3, 2),
        ),
        AlarmSpec(
            *("issuer-keys", "An issuer's keys cannot be read; kept ones serve for a day."),
            _counted("KeySetFetchFailed").with_(dimensions_map={"service": "authoriser"}),
            *(3, 3, 2),
        ),
        AlarmSpec(
            *(
                "break-glass",
                "A platform administrator opened a tenant's runs: somebody else makes sure of the reason.",
            ),
            _counted("BreakGlassOpened").with_(dimensions_map={"service": "bridge"}),
            1,
        ),
        AlarmSpec(
            *(
                "promotion-break-glass",
                "A platform administrator asked for a promotion past closed gates: somebody else looks at the reason.",
            ),
            _counted("PromotionBreakGlassRequested").with_(dimensions_map={"service": "agents"}),
            1,
        ),
        AlarmSpec("cross-tenant-attempts", "Something reached for another tenant's data and was refused.", crossing, 1),
        AlarmSpec(
            "tenant-key-unavailable", "A tenant's key cannot be used: its content is refused.", _keys_refused(), 5, 3, 2
        ),
    ]


def _models() -> list[AlarmSpec]:
    """What models answer, and what looks at it."""
    return [
        AlarmSpec(
            *("model-provider-outage", "A model failed repeatedly: nobody asks it for a while, other models serve."),
            *(_counted("ModelCircuitOpened"), 1),
        ),
        AlarmSpec("model-errors", "Calls of models fail at their providers.", _counted("ModelError"), 20, 3, 2),
        AlarmSpec("guardrail-outage", "Guardrails fail, so calls are blocked.", _counted("GuardrailFault"), 20, 3, 2),
    ]


def _policy() -> list[AlarmSpec]:
    """What is decided about calls, and who does not decide."""
    return [
        AlarmSpec("policy-denials", "Policy refuses many calls of tools.", _counted("PolicyDenied"), 100, 3, 2),
        AlarmSpec(
            *("policy-unavailable", "What policy allows cannot be told, so agents are refused every tool."),
            _counted("PolicyUnavailable"),
            *(5, 3, 2),
        ),
        AlarmSpec(
            *("policy-shadow-failed", "A policy that is tried out beside another cannot be asked."),
            *(_counted("PolicyShadowFailed"), 1),
        ),
        AlarmSpec(
            *("provenance-forgotten", "Trusted tools answer more than is remembered: calls are held that need not be."),
            _counted("ProvenanceForgotten"),
            *(20, 3, 2),
        ),
        AlarmSpec(
            *("approval-backlog", "People do not decide: runs wait for long, many of them, or in vain."),
            _backlog(),
            *(1, 3, 2),
        ),
    ]


def _stops() -> list[AlarmSpec]:
    """Incidents, and what people stop."""
    return [
        AlarmSpec("incident-s1", "An incident of the gravest kind was opened.", _counted("GravestIncident"), 1),
        AlarmSpec(
            *("version-tampered", "A version's record, package or runtime is not what was registered."),
            *(_counted("VersionTampered"), 1),
        ),
        AlarmSpec(
            *("versions-not-inspected", "What tenants run is gone, or cannot be looked at."),
            _uninspected(),
            *(1, 3, 3),
        ),
        AlarmSpec(
            *("tool-pack-tampered", "A stored tool pack is not what was published; it is not installed."),
            *(_counted("ToolPackTampered"), 1),
        ),
        AlarmSpec(
            *("canary-rollback", "A canary's candidate did worse and was taken back, or runs are not counted."),
            *(_canaries(), 1),
        ),
        AlarmSpec("incident-lost", "An incident could not be written down.", _counted("IncidentLost"), 1),
        AlarmSpec("own-kill-switch", "A tenant stopped all its agents, or tenants stop many things.", _stopped(), 1),
    ]


def _tools() -> list[AlarmSpec]:
    """What comes to the gateway that no agent and no gateway of AWS has a reason to send."""
    return [
        AlarmSpec(
            *("agent-refusals", "Agents ask the gateway for what no agent has a reason to ask."),
            _counted("AgentRefused"),
            *(20, 3, 2),
        ),
        AlarmSpec(
            *("interceptor-orphans", "An AgentCore Gateway hands over results of calls that nobody decided."),
            *(_counted("InterceptorOrphan"), 1),
        ),
    ]


def _audit(watched: Watched) -> list[AlarmSpec]:
    late = watched.sequencer.function.metric("IteratorAge", period=_MINUTE, statistic="Maximum")
    return [
        AlarmSpec(
            *("audit-verification-failure", "A tenant's audit chain does not hold."),
            *(_counted("AuditVerificationFailed"), 1),
        ),
        AlarmSpec(
            *("audit-checkpoints", "Audit chains could not be attested."),
            _counted("AuditCheckpointFailed"),
            *(1, 24, 2),
        ),
        AlarmSpec(
            *("audit-sequencer-backlog", "Acts of runs reach the audit log late."), late, *(_LATE_MILLISECONDS, 5, 5)
        ),
    ]


def _work(watched: Watched) -> list[AlarmSpec]:
    bridge = watched.bridge.function.metric_errors(period=_MINUTE, statistic="Sum")
    return [
        AlarmSpec("bridge-errors", "Invocations of agents fail inside the bridge.", bridge, 5, 3, 2),
        AlarmSpec(
            *("runtime-failover", "Agents run away from home, or the region they run in fails."),
            *(_counted("RuntimeNotAtHome"), 1),
        ),
        AlarmSpec("workflow-failures", "Runs ended without being settled.", _failed(watched.run_workflow_arn), 1),
        AlarmSpec(
            "provisioning-failures", "A tenant could not be provisioned.", _failed(watched.provision_workflow_arn), 1
        ),
        AlarmSpec(
            *("lifecycle-failures", "An export, import or deletion of a tenant stopped."),
            *(_failed(watched.lifecycle_workflow_arn), 1),
        ),
        AlarmSpec(
            *("stuck-evaluation", "An evaluation stopped, or does not come to its end."),
            *(_stuck_evaluations(), 1),
        ),
        AlarmSpec(
            *("retention-sweep", "What is past its time could not be removed for a tenant."),
            *(_counted("RetentionFailed").with_(dimensions_map={"service": "lifecycle"}), 1),
        ),
        AlarmSpec(
            "stale-heartbeats", "Agents fell silent in the middle of a run.", _logged(TASKS_TIMED_OUT, watched), 3
        ),
        AlarmSpec("stuck-job", "A run is silent and nobody moves it.", _silent(), _STUCK_MILLISECONDS, 5, 5),
        *(_late_follower(function) for function in watched.followers),
        *(_throttled_table(table) for table in watched.tables),
    ]


def _events(watched: Watched) -> list[AlarmSpec]:
    """What is told of what happened, and where it does not arrive."""
    late = watched.publisher.function.metric("IteratorAge", period=_MINUTE, statistic="Maximum")
    return [
        AlarmSpec("events-late", "What happened is told late.", late, _LATE_MILLISECONDS, 5, 5),
        AlarmSpec(
            *("webhook-endpoint-failing", "A tenant's webhook endpoint does not answer, or was disabled."),
            *(_failing_endpoints(), 1),
        ),
    ]


def _failing_endpoints() -> cloudwatch.MathExpression:
    """Endpoints that were given up, and breakers that open again and again."""
    return cloudwatch.MathExpression(
        expression=f"FILL(disabled, 0) + IF(FILL(opened, 0) >= {_MANY_OPENED}, 1, 0)",
        using_metrics={"disabled": _counted("WebhookDisabled"), "opened": _counted("WebhookCircuitOpened")},
        label="endpoints",
        period=_FIVE_MINUTES,
    )


def of_queues(stage: str) -> list[AlarmSpec]:
    """Two of each queue of dead letters, how many wait and for how long, and one of each that is retried: its age."""
    waiting = [
        AlarmSpec(
            *(entry.alarm, entry.meaning, _of_queue("ApproximateNumberOfMessagesVisible", stage, entry.queue), 1),
            subject=entry.name if entry.alarm == "dead-letters" else "",
        )
        for entry in DEAD_LETTERS
    ]
    expiring = [
        AlarmSpec(
            *("dead-letters-expiring", "Dead letters are nearly lost: SQS keeps them for 14 days."),
            *(_of_queue("ApproximateAgeOfOldestMessage", stage, entry.queue), _NEARLY_LOST_SECONDS),
            subject=entry.name,
        )
        for entry in DEAD_LETTERS
    ]
    late = [
        AlarmSpec(
            entry.alarm,
            "Messages of a queue wait for long: its consumer fails or is too slow.",
            _of_queue("ApproximateAgeOfOldestMessage", stage, entry.queue),
            entry.late,
            periods=3,
            datapoints=2,
            subject=entry.queue if entry.alarm == "queue-backlog" else "",
        )
        for entry in RETRIED
    ]
    return [*waiting, *expiring, *late]


def _of_queue(metric: str, stage: str, queue: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/SQS",
        metric_name=metric,
        dimensions_map={"QueueName": f"ambit-{stage}-{queue}"},
        period=_MINUTE,
        statistic="Maximum",
    )


def _late_follower(function: PlatformFunction) -> AlarmSpec:
    """How far behind its stream a consumer is; the sequencer's has an alarm of its own."""
    late = function.function.metric("IteratorAge", period=_MINUTE, statistic="Maximum")
    meaning = "Records of a stream reach their consumer late."
    return AlarmSpec("stream-backlog", meaning, late, _LATE_MILLISECONDS, 5, 5, subject=function.spec.name)


def _keys_refused() -> cloudwatch.MathExpression:
    """Not those of provisioning: IAM takes minutes to know a new key's tags, and its workflow waits for that."""
    refused = _counted("TenantKeyUnavailable")
    return cloudwatch.MathExpression(
        expression="FILL(everywhere, 0) - FILL(provisioning, 0)",
        using_metrics={
            "everywhere": refused,
            "provisioning": refused.with_(dimensions_map={"service": PROVISIONING.name}),
        },
        label="refusals",
        period=_FIVE_MINUTES,
    )


def _canaries() -> cloudwatch.MathExpression:
    """What was rolled back; and runs that were not counted, without which nothing would be."""
    return cloudwatch.MathExpression(
        expression=f"FILL(ended, 0) + IF(FILL(uncounted, 0) >= {_MANY_UNCOUNTED}, 1, 0)",
        using_metrics={"ended": _counted("CanaryRolledBack"), "uncounted": _counted("CanaryUncounted")},
        label="canaries",
        period=_FIVE_MINUTES,
    )


def _uninspected() -> cloudwatch.MathExpression:
    """Versions that tenants run, and that were not seen to be what was approved."""
    return cloudwatch.MathExpression(
        expression="FILL(gone, 0) + FILL(unseen, 0) + FILL(left, 0)",
        using_metrics={
            "gone": _counted("ServedVersionGone"),
            "unseen": _counted("RuntimeUnseen"),
            "left": _counted("VersionsNotInspected"),
        },
        label="versions",
        period=_FIVE_MINUTES,
    )


def _stopped() -> cloudwatch.MathExpression:
    """One tenant that stops everything tells of something; one run that is stopped tells nothing, many at once do."""
    stopped = _counted("OwnKillSwitchSet")
    return cloudwatch.MathExpression(
        expression=f"IF(FILL(everything, 0) >= 1, 1, 0) + IF(FILL(anything, 0) >= {_MANY_STOPPED}, 1, 0)",
        using_metrics={
            "everything": stopped.with_(dimensions_map={"scope": Scope.TENANT.value, "service": "incidents"}),
            "anything": stopped,
        },
        label="stops",
        period=_FIVE_MINUTES,
    )


def _backlog() -> cloudwatch.MathExpression:
    """How long runs wait at most, how many slices of waiting there are, and what nobody decided in time."""
    waiting = _counted("ApprovalWaiting")
    return cloudwatch.MathExpression(
        expression=(
            f"IF(FILL(longest, 0) >= {_LONG_WAIT_MILLISECONDS}, 1, 0) + "
            f"IF(FILL(slices, 0) >= {_MANY_SLICES}, 1, 0) + IF(FILL(expired, 0) >= {_MANY_EXPIRED}, 1, 0)"
        ),
        using_metrics={
            "longest": waiting.with_(statistic="Maximum"),
            "slices": waiting.with_(statistic="SampleCount"),
            "expired": _counted("ApprovalExpired"),
        },
        label="backlog",
        period=_FIVE_MINUTES,
    )


def _counted(name: str, namespace: str = NAMESPACE) -> cloudwatch.Metric:
    """A count the functions emit themselves; a stage has an account of its own, so it has no dimension for it."""
    return cloudwatch.Metric(namespace=namespace, metric_name=name, period=_FIVE_MINUTES, statistic="Sum")


def _logged(name: str, watched: Watched) -> cloudwatch.Metric:
    """A count made from a log group by one of this stage's metric filters."""
    return _counted(name, log_metrics(watched.stage))


def _failed(workflow_arn: str) -> cloudwatch.MathExpression:
    """Executions that failed, timed out or were throttled away. Aborted ones were stopped on purpose."""
    names = {"failed": "ExecutionsFailed", "late": "ExecutionsTimedOut"}
    metrics: dict[str, cloudwatch.IMetric] = {
        key: cloudwatch.Metric(
            namespace="AWS/States",
            metric_name=name,
            dimensions_map={"StateMachineArn": workflow_arn},
            period=_FIVE_MINUTES,
            statistic="Sum",
        )
        for key, name in names.items()
    }
    return cloudwatch.MathExpression(
        expression="FILL(failed, 0) + FILL(late, 0)", using_metrics=metrics, label="executions", period=_FIVE_MINUTES
    )


def _stuck_evaluations() -> cloudwatch.MathExpression:
    """Evaluations that stopped on the way, and those that the watch finds to go on for too long."""
    return cloudwatch.MathExpression(
        expression="FILL(stopped, 0) + FILL(stuck, 0)",
        using_metrics={"stopped": _counted("EvaluationStopped"), "stuck": _counted("EvaluationStuck")},
        label="evaluations",
        period=_FIVE_MINUTES,
    )


def _silent() -> cloudwatch.MathExpression:
    """How long the longest silent run is so. Told every minute: where it is not, nobody looks."""
    oldest = cloudwatch.Metric(namespace=NAMESPACE, metric_name="OldestSilentRun", period=_MINUTE, statistic="Maximum")
    return cloudwatch.MathExpression(
        expression=f"FILL(oldest, {_STUCK_MILLISECONDS})",
        using_metrics={"oldest": oldest},
        label="silent",
        period=_MINUTE,
    )


def _throttled_table(table: dynamodb.ITable) -> AlarmSpec:
    directions = {"reads": "ReadThrottleEvents", "writes": "WriteThrottleEvents"}
    metrics: dict[str, cloudwatch.IMetric] = {
        key: cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=name,
            dimensions_map={"TableName": table.table_name},
            period=_FIVE_MINUTES,
            statistic="Sum",
        )
        for key, name in directions.items()
    }
    throttled = cloudwatch.MathExpression(
        expression="FILL(reads, 0) + FILL(writes, 0)", using_metrics=metrics, label="throttles", period=_FIVE_MINUTES
    )
    return AlarmSpec("table-throttles", "DynamoDB refuses requests.", throttled, 10, subject=table.node.id.lower())


def _errors(function: PlatformFunction) -> AlarmSpec:
    metric = function.function.metric_errors(period=_FIVE_MINUTES, statistic="Sum")
    return AlarmSpec("function-errors", "A function fails.", metric, 5, subject=function.spec.name)


def _throttles(function: PlatformFunction) -> AlarmSpec:
    metric = function.function.metric_throttles(period=_FIVE_MINUTES, statistic="Sum")
    return AlarmSpec("function-throttles", "A function is refused concurrency.", metric, 1, subject=function.spec.name)
