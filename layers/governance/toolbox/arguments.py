"""What every tool's arguments and result can say of themselves."""

from typing import Any

from platform_kit.models import ApiModel, ApiReply


class ToolArguments(ApiModel):
    """What a tool is asked with."""

    def plain(self) -> dict[str, Any]:
        """As policy sees it: plain JSON, what was not given left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def told(self) -> dict[str, Any]:
        """What the event log keeps of it."""
        return self.model_dump(mode="json", by_alias=True)

    def scanned(self) -> Any:
        """What guardrails look at; None: what policy sees."""
        return None

    def hosts(self) -> tuple[str, ...]:
        """The hosts that such a call reaches."""
        return ()


class ToolResult(ApiReply):
    """What a tool gives."""

    def plain(self) -> dict[str, Any]:
        """As the agent is given it."""
        return self.model_dump(mode="json", by_alias=True)

    def told(self) -> dict[str, Any]:
        """What the event log keeps of it."""
        return self.plain()

    def scanned(self) -> Any:
        """What guardrails look at."""
        return self.plain()

    def summary(self) -> str:
        """For a reader of text."""
        raise NotImplementedError
