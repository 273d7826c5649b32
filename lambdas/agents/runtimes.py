"""What AgentCore's runtimes run, as its control plane tells it.

https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetAgentRuntime.html
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from governance.runtime_regions import region_of
from platform_kit.errors import DependencyUnavailable

_ABSENT: Final = frozenset({"ResourceNotFoundException", "ValidationException"})
_REFUSED: Final = "AccessDeniedException"


class Package(NamedTuple):
    """Where a runtime took its code from."""

    bucket: str
    key: str


class AgentCoreRuntimes:
    """Looks at the runtimes of one account. `client` gives the control plane's client of a region."""

    def __init__(self, client: Callable[[str], Any], account: str) -> None:
        self._client = client
        self._account = account

    def package_of(self, arn: str) -> Package | None:
        """The package that a runtime runs, ("", "") for code that is none; None when there is no such runtime.

        PermissionError for one that the stage may not look at: IAM shows it its own alone. DependencyUnavailable when
        the control plane of its region does not answer.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        _, _, _, region, account, resource = arn.split(":", 5)
        if account != self._account:
            return None  # it would be looked for in this one, by its id alone
        try:
            found = self._client(region).get_agent_runtime(agentRuntimeId=resource.partition("/")[2])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in _ABSENT:
                return None
            if code == _REFUSED:
                raise PermissionError(arn) from error
            raise _unanswered(arn) from error
        except BotoCoreError as error:
            raise _unanswered(arn) from error
        place = found.get("agentRuntimeArtifact", {}).get("codeConfiguration", {}).get("code", {}).get("s3", {})
        return Package(place.get("bucket", ""), place.get("prefix", ""))


def _unanswered(arn: str) -> DependencyUnavailable:
    return DependencyUnavailable(
        f"What the runtime {arn} runs cannot be looked at: the control plane of {region_of(arn)} does not answer. "
        "Nothing was changed. Try again.",
        retry_after=5,
    )
