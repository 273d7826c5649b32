"""The API reference: one static page made from the document. No script, no outside asset, readable by everybody."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ambit API reference</title><link rel="stylesheet" href="reference.css"></head><body>
<a class="skip" href="#content">Skip to content</a>
"""


def page(document: Mapping[str, Any]) -> str:
    """The whole page."""
    grouped = _by_tag(document)
    body = [_HEAD, _navigation(grouped), '<main id="content">', _introduction(document)]
    body += [_section(tag, operations, document) for tag, operations in grouped.items()]
    body += ["<h2 id='schemas'>Schemas</h2>", *_schemas(document), "</main></body></html>\n"]
    return "\n".join(body)


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    grouped: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            grouped.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return grouped


def _navigation(grouped: Mapping[str, list[tuple[str, str, dict[str, Any]]]]) -> str:
    rows = []
    for tag, operations in grouped.items():
        rows.append(f"<h2>{escape(tag)}</h2><ul>")
        rows += [f'<li><a href="#{op["operationId"]}">{escape(f"{m} {p}")}</a></li>' for m, p, op in operations]
        rows.append("</ul>")
    return f'<nav aria-label="Operations">{"".join(rows)}</nav>'


def _introduction(document: Mapping[str, Any]) -> str:
    info = document["info"]
    return f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1><p>{_prose(info['description'])}</p>"


def _section(tag: str, operations: Iterable[tuple[str, str, dict[str, Any]]], document: Mapping[str, Any]) -> str:
    text = next((item["description"] for item in document["tags"] if item["name"] == tag), "")
    parts = [f"<h2>{escape(tag)}</h2><p>{_prose(text)}</p>"]
    parts += [_operation(method, path, operation, document) for method, path, operation in operations]
    return "\n".join(parts)


def _operation(method: str, path: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    who = ", ".join(operation.get("x-ambit-roles", [])) or _credential(operation)
    scope = f" · key scope <code>{escape(operation['x-ambit-scope'])}</code>" if "x-ambit-scope" in operation else ""
    parts = [
        f'<section id="{operation["operationId"]}"><h3><code>{method}</code> <code>{escape(path)}</code></h3>',
        f'<p>{_prose(operation["summary"])}.</p><p class="who">{escape(who)}{scope}</p>',
        _parameters(operation),
        _body(operation),
        _responses(operation, document),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _credential(operation: Mapping[str, Any]) -> str:
    schemes = [name for item in operation["security"] for name in item]
    return {"runToken": "a running agent", "session": "the web app's session"}.get("".join(schemes), "anyone")


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{escape(item['name'])}</code></td><td>{item['in']}</td>"
        f"<td>{_prose(item.get('description', ''))}</td></tr>"
        for item in operation.get("parameters", [])
    ]
    if not rows:
        return ""
    return _table(("Parameter", "In", "Meaning"), rows)


def _body(operation: Mapping[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "".join(f"<p>Body: {_link(item['schema'])}</p>" for item in content.values())


def _responses(operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    rows = []
    for status, reply in operation["responses"].items():
        found = _resolve(reply, document)
        shown = " · ".join(f"{_link(item['schema'])} ({media})" for media, item in found.get("content", {}).items())
        rows.append(f"<tr><td>{status}</td><td>{_prose(found['description'])}</td><td>{shown}</td></tr>")
    return _table(("Status", "Meaning", "Body"), rows)


def _schemas(document: Mapping[str, Any]) -> Iterable[str]:
    for name, schema in document["components"]["schemas"].items():
        yield f'<section id="schema-{name}"><h3>{escape(name)}</h3><p>{_prose(schema.get("description", ""))}</p>'
        yield _properties(schema) + "</section>"


def _properties(schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", []))
    rows = [
        f"<tr><td><code>{escape(name)}</code>{'' if name in required else ' <i>optional</i>'}</td>"
        f"<td>{_type(item)}</td><td>{_prose(item.get('description', ''))}</td></tr>"
        for name, item in schema.get("properties", {}).items()
    ]
    if not rows:
        return f"<p>{_type(schema)}</p>"
    return _table(("Field", "Type", "Meaning"), rows)


def _table(columns: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{column}</th>" for column in columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema)
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    for joined in ("anyOf", "oneOf", "allOf"):
        if joined in schema:
            return " or ".join(_type(item) for item in schema[joined])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("type", "any value")))


def _link(schema: Mapping[str, Any]) -> str:
    if "$ref" not in schema:
        return _type(schema)
    name = escape(schema["$ref"].rpartition("/")[2])
    return f'<a href="#schema-{name}">{name}</a>'


def _resolve(reply: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in reply:
        return reply
    found: Mapping[str, Any] = document["components"]["responses"][reply["$ref"].rpartition("/")[2]]
    return found


def _prose(text: str) -> str:
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))
