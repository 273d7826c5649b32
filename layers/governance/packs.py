"""Tool packs: tools that somebody publishes together, under a semantic version, signed.

    {schema, name, version, description, tools: {name: tool}}

A pack is a signed envelope (DSSE) of that manifest in canonical JSON. Its tools are named below the pack's own name, so
a pack can put nothing in the place of another's tool; and what changes for an agent or for those who decide about it
can be published under a new major version only (before 1.0.0 a new minor one), so that who stays within it meets no
surprise.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from semver import Version

from governance import dsse
from governance.audit.entry import canonical
from governance.dsse import NotSigned, Sign, Verify
from governance.evidence.statement import NoStatement, parsed
from governance.toolbox.custom import MOST_NAME, Name, Sentence, ToolDraft
from platform_kit.models import ApiModel

KIND: Final = "application/vnd.ambit.tool-pack+json"
MOST_TOOLS: Final = 40
"""So many are put and so many taken away in one transaction, which holds 100 items."""
MOST_BYTES: Final = 192 * 1024
"""Of a manifest: in base64 it is a quarter of a megabyte, and a record holds 400 KB."""
_NAME: Final = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
_MOST_VERSION: Final = 32
_MOST_FAULTS: Final = 5


_ALIKE: Final = str.maketrans({"-": None, "l": "1", "i": "1", "o": "0"})


class NoPack(ValueError):
    """It is no pack that may be taken; the message says why, in a few words.

    `faults` has each place: a JSON pointer (RFC 6901) into the manifest, or `/payload` where there is none.
    """

    def __init__(self, why: str, faults: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(why)
        self.faults = faults or (("/payload", why),)


def _semantic(text: str) -> str:
    if len(text) > _MOST_VERSION or not Version.is_valid(text) or "+" in text:
        raise ValueError("is no semantic version such as 1.4.0 or 2.0.0-rc.1, without build metadata")
    return text


SemanticVersion = Annotated[str, AfterValidator(_semantic)]


class PackTool(ToolDraft):
    """A tool of a pack. Its version is the pack's: what is published together is changed together."""

    version: SemanticVersion


class Manifest(ApiModel):
    """What a pack says of itself."""

    schema_: Annotated[Literal["ambit-tool-pack/1"], Field(alias="schema")]
    name: Annotated[str, Field(pattern=_NAME, max_length=MOST_NAME // 2)]
    version: SemanticVersion
    description: Sentence
    tools: Annotated[dict[Name, PackTool], Field(min_length=1, max_length=MOST_TOOLS)]

    @model_validator(mode="after")
    def _own_tools(self) -> Self:
        for name, tool in self.tools.items():
            if not name.startswith(f"{self.name}."):
                raise ValueError(f"{name} is not named below the pack: {self.name}.…")
            if tool.version != self.version:
                raise ValueError(f"{name} has the version {tool.version}, the pack {self.version}")
            if tool.target.credential is not None:
                raise ValueError(f"{name} names a secret: which one a tool is called with, its operator says")
        return self

    @property
    def payload(self) -> bytes:
        """What is signed."""
        return canonical(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    @property
    def digest(self) -> str:
        """The SHA-256 of what is signed: the name of the content, whoever signed it."""
        return hashlib.sha256(self.payload).hexdigest()


def sealed(manifest: Manifest, sign: Sign, key_id: str) -> dict[str, Any]:
    """A pack, signed by its publisher."""
    return dsse.sealed(manifest.payload, sign, key_id, KIND)


def opened(envelope: object, verify: Verify) -> Manifest:
    """The manifest of a pack that a trusted publisher signed; NoPack says why not. Nothing unsigned is looked into."""
    try:
        payload = dsse.opened(envelope, verify, KIND)
    except NotSigned as no:
        raise NoPack(str(no)) from None
    if len(payload) > MOST_BYTES:
        raise NoPack(f"it is larger than {MOST_BYTES} bytes")
    try:
        manifest = Manifest.model_validate(parsed(payload))
    except NoStatement as no:
        raise NoPack(str(no)) from None
    except ValidationError as invalid:
        raise _invalid(invalid) from None
    if manifest.payload != payload:
        raise NoPack("its manifest is not in canonical JSON, each field in its one form")
    return manifest


def read(document: object) -> Manifest:
    """The manifest that its author wrote, in whatever spelling; NoPack."""
    try:
        return Manifest.model_validate(document)
    except ValidationError as invalid:
        raise _invalid(invalid) from None


def lookalike(name: str) -> str:
    """The same for all names that a hurried reader takes for one another: hyphens left out, l and i as 1, o as 0.

    As PyPI compares the names of new projects (warehouse's `ultranormalize_name`).
    """
    return name.translate(_ALIKE)


def newest(versions: Iterable[str]) -> str | None:
    """The highest released version; None when there is none. Pre-releases are taken by their whole name only."""
    found = [parsed for parsed in map(Version.parse, versions) if not parsed.prerelease]
    return str(max(found)) if found else None


def refused_change(before: Manifest, after: Manifest) -> str | None:
    """Why `after` may not follow `before` under its version, None when it may."""
    old, new = Version.parse(before.version), Version.parse(after.version)
    if new <= old:
        return f"{new} does not follow {old}"
    if old.prerelease or new.major > old.major or (old.major == 0 and new.minor > old.minor):
        return None  # a pre-release is taken by its whole name only, so that it promises nothing
    broken = sorted(name for name, tool in before.tools.items() if _breaks(tool, after.tools.get(name)))
    if broken:
        return f"{', '.join(broken)} changed for who calls or allows it: publish a new major version"
    if after.tools.keys() != before.tools.keys() and (new.major, new.minor) == (old.major, old.minor):
        return "there are new tools: publish a new minor version"
    return None


def _breaks(before: PackTool, after: PackTool | None) -> bool:
    """Whether anything but prose, time-out and version changed: schemas, what policy decides on, where it runs."""
    if after is None:
        return True
    prose = {"description", "version", "timeout_seconds"}
    return before.model_dump(exclude=prose) != after.model_dump(exclude=prose)


def _invalid(invalid: ValidationError) -> NoPack:
    faults = tuple((_pointer(error["loc"]), str(error["msg"])) for error in invalid.errors()[:_MOST_FAULTS])
    return NoPack("; ".join(f"{place or '/'}: {message}" for place, message in faults), faults)


def _pointer(place: Iterable[str | int]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
