"""The two sandboxes, one inside the other: a zygote's, and in it one for each session.

A zygote's: the view of the file system, no network at all, no capability, the kernel's rarer calls refused. A session's
besides: its own user, process, mount, network, IPC and host name namespaces, a /tmp of its own, a loopback on which the
gateway alone listens, and no way to make further namespaces or mounts.
"""

from __future__ import annotations

import json
import os
import resource
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from scripts.local_platform.agent_host.sandbox import filesystem, network, seccomp, syscalls

LAYERS: Final = (
    "own user", "file system view", "process namespace", "network namespace", "IPC namespace", "host name",
    "no new privileges", "no capabilities", "seccomp", "resource limits",
)  # fmt: skip
MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Plan:
    """What a sandbox is made from. `uid` is the unprivileged user and group, sizes are bytes.

    `gateway_port` is where the agent finds the gateway on its own loopback; None: nowhere. `zygote_processes` bounds
    all sessions of a zygote together.
    """

    root: str
    package: str
    paths: tuple[str, ...]
    uid: int
    gateway_port: int | None
    tmp_size: int = 256 * MIB
    zygote_processes: int = 2048
    view_size: int = 4 * MIB

    def as_dict(self) -> dict[str, Any]:
        """As it is handed to the zygote."""
        return asdict(self)


def read_plan(described: str) -> Plan | None:
    """The plan in JSON, or null for none."""
    fields = json.loads(described)
    return Plan(**{**fields, "paths": tuple(fields["paths"])}) if fields else None


def enter_zygote(plan: Plan) -> None:
    """First half, before the fork that makes the new process namespace real: namespaces and the view."""
    flags = syscalls.EVERY_NAMESPACE
    if os.geteuid() == 0:
        # The mounts then belong to the real root, and the agent's user to nobody on this machine.
        syscalls.unshare(flags & ~syscalls.CLONE_NEWUSER)
    else:
        outside = os.geteuid(), os.getegid()
        syscalls.unshare(flags)
        map_user(plan.uid, *outside)
    filesystem.build(plan.root, plan.package, list(plan.paths), plan.uid, plan.view_size)


def settle_zygote(plan: Plan) -> None:
    """Second half, in the first process of the new namespace: /proc and /tmp, then every privilege goes."""
    filesystem.enter(plan.root, plan.tmp_size)
    socket.sethostname("agent")
    if os.geteuid() == 0:
        os.chown(filesystem.HOME, plan.uid, plan.uid)
        os.setgroups([])
        os.setresgid(plan.uid, plan.uid, plan.uid)
        os.setresuid(plan.uid, plan.uid, plan.uid)
        # A change of user forbids the process its own /proc files, of which a session's user map is one.
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
    resource.setrlimit(resource.RLIMIT_NPROC, (plan.zygote_processes, plan.zygote_processes))
    give_up_privileges()
    seccomp.refuse_kernel_calls()


def enter_session(plan: Plan) -> socket.socket | None:
    """In the first process of a session's namespaces: its user, /proc, /tmp, loopback. The gateway's listener."""
    map_user(plan.uid, plan.uid, plan.uid)
    filesystem.mount_private(plan.tmp_size)
    network.loopback_up()
    listener = network.listen(plan.gateway_port) if plan.gateway_port else None
    give_up_privileges()
    seccomp.refuse_namespaces()
    return listener


def map_user(inside: int, user: int, group: int) -> None:
    """The one user and group of a new user namespace."""
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{inside} {group} 1", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{inside} {user} 1", encoding="ascii")


def give_up_privileges() -> None:
    """No capability now, none by any program that is started later."""
    syscalls.drop_capabilities()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)


def limit(limits: dict[str, int]) -> None:
    """Set limits by their names, soft and hard; when memory runs out, the kernel takes an agent first."""
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        score.write_text("1000", encoding="ascii")
