"""Whether the package of a version is what was registered, where it lies and where it runs (ADR 0100)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from data_access_lib.verified_versions import VerifiedVersions
from governance.runtime_regions import region_of
from lambdas.agents.models import CreateVersion
from lambdas.agents.runtimes import Package
from platform_kit.errors import Conflict, DependencyUnavailable, FieldError, InvalidBody, Unprocessable
from platform_kit.observability import count, logger

Record = Mapping[str, Any]


class Artifacts(Protocol):
    """Where packages lie."""

    def sha256_of(self, key: str) -> str | None:
        """The SHA-256 of the bytes that lie there now, in hex; None when there is no such package."""
        ...

    def link(self, key: str, seconds: int) -> str:
        """A URL that fetches the package for so many seconds."""
        ...


class Runtimes(Protocol):
    """Where packages run."""

    def package_of(self, arn: str) -> Package | None:
        """What a runtime runs; None when there is none. PermissionError for another stage's, DependencyUnavailable."""
        ...


class Place(NamedTuple):
    """A region of the stage's, and the bucket that its runtimes take packages from."""

    region: str
    bucket: str


@dataclass(frozen=True)
class Packages:
    """`home` is where agents run, `standby` where they run while that is away; None when the stage has no second."""

    artifacts: Artifacts
    runtimes: Runtimes
    home: Place
    standby: Place | None = None

    def require_new(self, agent: str, wanted: CreateVersion) -> None:
        """Refuse to register what is not there, or a runtime that runs anything else.

        InvalidBody, Unprocessable; DependencyUnavailable when a runtime cannot be looked at.
        """
        key = f"agents/{agent}/{wanted.artifact_digest}.zip"
        if wanted.artifact_key != key:
            bad = FieldError("/artifactKey", f"must be agents/{agent}/<artifactDigest>.zip")
            raise InvalidBody("The version does not fit its agent; see errors.", errors=(bad,))
        recorded = self.artifacts.sha256_of(key)
        if recorded is None:
            raise Unprocessable("There is no package at artifactKey. Upload it first.")
        if recorded != wanted.artifact_digest:
            raise Unprocessable("The package at artifactKey is not the one that artifactDigest names.")
        faults = [FieldError("/runtimeArn", why) for why in self._faults(wanted.runtime_arn, self.home, key)]
        if wanted.standby_runtime_arn is not None:
            found = self._faults(wanted.standby_runtime_arn, self.standby, key)
            faults += [FieldError("/standbyRuntimeArn", why) for why in found]
        if faults:
            count("RuntimeRefused")
            told = "A version's runtime runs the version's package and no other; see errors. `ambit push` makes it."
            raise Unprocessable(told, errors=tuple(faults))

    def require(self, versions: VerifiedVersions, version: Record) -> None:
        """Refuse a version whose package is not the one that was registered, before anybody runs it or carries it on.

        VersionTampered, with an incident, for other bytes; Conflict when there are none.
        """
        found = self.artifacts.sha256_of(str(version["artifactKey"]))
        if found is None:
            raise Conflict("The version's package is gone from the store. Push the agent again.")
        versions.confirm_package(version, found)

    def require_running(self, versions: VerifiedVersions, version: Record, *, back: bool = False) -> list[str]:
        """As `require`, and of its runtimes too; the ARNs of those that could not be looked at.

        VersionTampered for one that runs another package, Conflict when the stage's own is gone. When that cannot be
        looked at it is DependencyUnavailable, but not on the way `back` to what was let through before: a control
        plane that is away stops nobody from leaving what is bad. The standby region's stops nothing.
        """
        self.require(versions, version)
        unseen = []
        for arn, place in self._runtimes_of(version):
            found = self._seen(arn, place, must_be=place is self.home and not back)
            if found is None:
                unseen.append(arn)
            elif found != (place.bucket, version["artifactKey"]):
                logger().error("a runtime runs another package", runtime=arn, bucket=found.bucket, key=found.key)
                versions.refuse_runtime(version)
        if unseen:
            count("RuntimeUnseen")
        return unseen

    def _seen(self, arn: str, place: Place, *, must_be: bool) -> Package | None:
        """What a runtime of a version runs; None when that is not to be seen, and need not be."""
        try:
            found = self._package_in(place, arn)
        except (DependencyUnavailable, PermissionError) as fault:
            if not must_be:
                return None
            if isinstance(fault, PermissionError):
                raise DependencyUnavailable(f"The registry may not look at the runtime {arn}.") from None
            raise
        if found is None and place is self.home:
            raise Conflict("The version's runtime is gone. Change the agent, and push it again.")
        return found

    def _runtimes_of(self, version: Record) -> Iterator[tuple[str, Place]]:
        yield str(version["runtimeArn"]), self.home
        if version.get("standbyRuntimeArn") and self.standby is not None:
            yield str(version["standbyRuntimeArn"]), self.standby

    def _faults(self, arn: str, place: Place | None, key: str) -> Iterator[str]:
        """Why a runtime is none for a package in a place."""
        if place is None:
            yield "the stage has no standby region"
            return
        try:
            found = self._package_in(place, arn)
        except PermissionError:
            found = None  # another stage's
        if found is None:
            yield f"there is no such runtime of this stage in {place.region}"
        elif found != (place.bucket, key):
            yield f"runs {found.key or 'what is no package'} of {found.bucket or 'no bucket'}"

    def _package_in(self, place: Place, arn: str) -> Package | None:
        return self.runtimes.package_of(arn) if region_of(arn) == place.region else None
