"""An agent that answers from its own documents and says from which: it finds passages first, then asks a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ambit_agent import AgentApp, Gateway, GatewayError, Invocation

from .retrieval import Passage, find

app = AgentApp()
MODEL: Final = "local"  # as in the manifest
SYSTEM: Final = (Path(__file__).parent / "system.md").read_text("utf-8")


@app.entrypoint
def answer(invocation: Invocation, gateway: Gateway) -> dict[str, Any]:
    """`{answer, citations: [{document, text}]}`; without a passage that fits, no model is asked."""
    passages = find(invocation.input)
    if not passages:
        return {"answer": "My documents do not say.", "citations": []}
    citations = [{"document": passage.document, "text": passage.text} for passage in passages]
    return {"answer": _worded(gateway, invocation.input, passages), "citations": citations}


def _worded(gateway: Gateway, question: str, passages: list[Passage]) -> str:
    """What the model makes of the passages; the best of them as it stands when no model may be asked."""
    quoted = "\n".join(f"[{passage.document}] {passage.text}" for passage in passages)
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"Passages:\n{quoted}\n\nQuestion: {question}"},
    ]
    try:
        said = gateway.call("/openai/v1/chat/completions", {"model": MODEL, "messages": messages})
    except GatewayError:
        return f"{passages[0].text} [{passages[0].document}]"
    return str(said["choices"][0]["message"]["content"])
