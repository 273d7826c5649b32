"""Suites and evaluations: who may do what, one function here for each function."""

from dataclasses import dataclass

from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.access.grants import Grants


@dataclass(frozen=True)
class EvaluationAccess(Grants):
    """Suites, evaluations, and the worker that asks agents."""

    def evaluations(self, function: PlatformFunction) -> None:
        """Suites and evaluations, which are the platform's; versions, to read; nothing of any tenant's."""
        data = self.data
        control, ops = data.control.table_arn, data.ops.table_arn
        self._record_platform_event(function)
        self._read_catalogue(function)
        self._replay_operators_answers(function)
        function.allow(
            may.items("TENANT#platform#SUITE", ("dynamodb:PutItem",), control),
            may.items("TENANT#platform#SUITEVERSION#*", ("dynamodb:PutItem",), control),
            may.items("TENANT#platform#EVALUATION", (*may.READ_ONE, "dynamodb:PutItem", "dynamodb:UpdateItem"), ops),
            may.items("TENANT#platform#EVALCASE#*", may.QUERY, ops),
            may.items("TENANT#platform#EVALUATIONS#*", may.QUERY_INDEX, data.ops.index_arn),
            may.allow((*may.READ_OBJECTS, *may.WRITE_OBJECTS), self._suites),
            may.use_key_through("s3", self._region, data.key.key_arn),
        )
        self.reads_evidence(function)
        self.audits_platform(function)
        self.cursors(function)

    def evaluation_worker(self, function: PlatformFunction) -> None:
        """What came of cases, the suites and versions to read, and the evidence, which nobody else signs or writes.

        It has no tenant role: agents it asks by the public API alone.
        """
        data = self.data
        self._record_platform_event(function)
        self._table_key(function)
        results = (*may.READ_ONE, "dynamodb:PutItem")
        function.allow(
            may.items("TENANT#platform#VERSION#*", ("dynamodb:GetItem",), data.control.table_arn),
            may.items("TENANT#platform#EVALUATION", ("dynamodb:GetItem", "dynamodb:UpdateItem"), data.ops.table_arn),
            may.items("TENANT#platform#EVALCASE#*", results, data.ops.table_arn),
            may.allow(may.READ_OBJECTS, self._suites),
            may.use_key_through("s3", self._region, data.key.key_arn),
            may.allow(may.WRITE_OBJECTS, f"{data.audit.bucket_arn}/{may.PLATFORM_EVIDENCE}*"),
            may.allow(may.SIGN_TOKENS, self.identity.evidence_key.key_arn),
        )

    @property
    def _suites(self) -> str:
        """The cases of suites, with what they expect: no tenant role and no agent's has any of it."""
        return f"{self.data.artifacts.bucket_arn}/evaluations/suites/*"

    @property
    def control_stream_arn(self) -> str:
        """The stream of the control table: keys alone."""
        arn = self.data.control.table_stream_arn
        assert arn is not None  # noqa: S101 - the table is declared with one
        return arn
