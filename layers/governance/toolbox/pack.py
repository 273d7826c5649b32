"""The tools that come with the platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from governance.policy.registry import REGISTRY
from governance.toolbox.arguments import ToolArguments, ToolResult
from governance.toolbox.computing import AskTime, Calculate, Calculated, TimeTold
from governance.toolbox.entries import ToolEntry
from governance.toolbox.files import FilePart, ReadFile, WriteFile, WrittenFile
from governance.toolbox.http import Fetch, Fetched, Send
from governance.toolbox.searching import Hits, Search


@dataclass(frozen=True)
class PackedTool:
    """A tool by the models of its arguments and its result."""

    name: str
    description: str
    arguments: type[ToolArguments]
    result: type[ToolResult]
    timeout_seconds: int

    def entry(self) -> ToolEntry:
        """As the registry holds it; LookupError for one of which policy knows nothing."""
        return ToolEntry(
            REGISTRY[self.name],
            self.description,
            self.arguments.model_json_schema(by_alias=True),
            self.result.model_json_schema(by_alias=True, mode="serialization"),
            self.timeout_seconds,
        )


_PACK: Final = (
    PackedTool(
        "files.read",
        "Read up to 4 MiB of a file that this run was given, from any offset; `data` is base64.",
        ReadFile,
        FilePart,
        10,
    ),
    PackedTool(
        "files.write",
        "Leave a file of at most 4 MiB in the tenant's bucket, as `text` or as base64 `data`.",
        WriteFile,
        WrittenFile,
        10,
    ),
    PackedTool("calculator", "Compute a sum in decimal, exactly where that is possible.", Calculate, Calculated, 1),
    PackedTool("time", "Tell the present time in a time zone.", AskTime, TimeTold, 1),
    PackedTool("search", "Find words in the text files that this run was given or wrote.", Search, Hits, 10),
    PackedTool(
        "http.fetch",
        "Get a text of at most 256 KiB over HTTPS from a host that policy allows. Redirects are not followed.",
        Fetch,
        Fetched,
        15,
    ),
    PackedTool(
        "http.send",
        "Send a request that may change something over HTTPS to a host that policy allows.",
        Send,
        Fetched,
        15,
    ),
)
PACK: Final[Mapping[str, PackedTool]] = MappingProxyType({tool.name: tool for tool in _PACK})
"""By name."""
NAMESPACES: Final = frozenset({"files", "http", "model", "ambit"})
"""What no other tool's name begins with, so that a grant such as `files.*` covers what its writer meant."""


@cache
def entries() -> Mapping[str, ToolEntry]:
    """The registry's entries of the pack, by name."""
    return MappingProxyType({name: tool.entry() for name, tool in PACK.items()})


def hosts_of(name: str, arguments: object) -> tuple[str, ...]:
    """The hosts that a call of a tool of the pack reaches; none for another tool, and for arguments that do not fit."""
    try:
        return PACK[name].arguments.model_validate(arguments).hosts() if name in PACK else ()
    except ValidationError:
        return ()
