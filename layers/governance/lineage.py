"""Which version follows from which: an agent's versions as a tree by parent. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

Version = Mapping[str, Any]


def tree(versions: Iterable[Version]) -> list[dict[str, Any]]:
    """The versions in the order of their ids, each once: `{**version, depth, children: [id, …]}`; a root has depth 0.

    A version is made after its parent, so its id is the later one: a parent that is later, or not there, is none.
    """
    nodes: dict[str, dict[str, Any]] = {}
    for version in sorted(versions, key=lambda one: str(one["versionId"])):
        name, parent = str(version["versionId"]), nodes.get(str(version.get("parent")))
        nodes[name] = {**version, "depth": 0 if parent is None else parent["depth"] + 1, "children": []}
        if parent is not None:
            parent["children"].append(name)
    return list(nodes.values())
