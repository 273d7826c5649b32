"""What the platform's processes hold: memory, files, threads. From /proc, so on Linux only."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.local_platform import parts, processes
from scripts.local_platform.layout import layout_from_environment

PROC: Final = Path("/proc")
_MIB: Final = 1024 * 1024
_PAGE: Final = 4096


@dataclass(frozen=True)
class Holds:
    """One moment of a process: resident memory (MiB), open files, threads."""

    memory: float
    files: int
    threads: int


@dataclass
class Watched:
    """A process from moment to moment; its id has to stay the same."""

    name: str
    pid: int
    seen: list[Holds] = field(default_factory=list)

    def look(self) -> None:
        """Write down what it holds; OSError when it is gone."""
        own = PROC / str(self.pid)
        resident = int((own / "statm").read_text(encoding="ascii").split()[1]) * _PAGE / _MIB
        self.seen.append(Holds(resident, len(list((own / "fd").iterdir())), len(list((own / "task").iterdir()))))

    def grown(self, what: str) -> tuple[float, float]:
        """The medians of the first and of the last quarter of the moments, after a fifth of them to warm up."""
        values = [float(getattr(one, what)) for one in self.seen[len(self.seen) // 5 :]]
        part = max(1, len(values) // 4)
        return statistics.median(values[:part]), statistics.median(values[-part:])


def own_processes() -> list[Watched]:
    """Those of the running platform that are ours: all but the emulator of AWS."""
    layout = layout_from_environment()
    found = {name: processes.recorded(layout, name) for name in parts.ALL if name != "emulator"}
    return [Watched(name, int(record["pid"])) for name, record in found.items() if record is not None]
