"""Where a clone keeps what is installed and running: everything under `.ambit/`, which git ignores."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".ambit"
TOOLS = STATE / "tools"
STAMPS = TOOLS / "stamps"
UV = TOOLS / "bin" / "uv"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
EMULATOR_VENV = TOOLS / "emulator"
EMULATOR_PYTHON = EMULATOR_VENV / "bin" / "python"
NODE_BIN = TOOLS / "node" / "bin"
CDK_HOME = TOOLS / "cdk"
CDK = CDK_HOME / "node_modules" / ".bin" / "cdk"
