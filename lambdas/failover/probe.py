"""Whether a region's runtimes are there: asked for what is not, they say so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from platform_kit.observability import count

_SESSION: Final = "platform-probe-" + "0" * 32
_GONE: Final = frozenset({"InternalServerException", "ServiceUnavailableException", "ServiceUnavailable"})


@dataclass(frozen=True)
class Probe:
    """`client` gives boto3's client of a region; `runtime` is an ARN of nothing, `{region}` in its region's place."""

    client: Callable[[str], Any]
    runtime: str

    def __call__(self, region: str) -> bool:
        """Whether the region answers: whatever the service says, it is there, unless it says that it fails."""
        from botocore.exceptions import BotoCoreError, ClientError

        arn = self.runtime.replace("{region}", region)
        try:
            self.client(region).stop_runtime_session(agentRuntimeArn=arn, runtimeSessionId=_SESSION)
        except ClientError as error:
            well = error.response.get("Error", {}).get("Code") not in _GONE
        except BotoCoreError:
            well = False
        else:
            well = True
        if not well:
            count("RuntimeProbeFailed", region=region)
        return well
