"""/docs: the OpenAPI description as one plain page. No scripts and nothing from elsewhere: it also works offline."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem;border-bottom:1px solid #8886;text-transform:capitalize}
section{margin:1rem 0;padding:.6rem 1rem;border:1px solid #8886;border-radius:6px}
h3{margin:.2rem 0;font-size:1rem}h3 b{display:inline-block;min-width:3.4rem;color:#0a7d33}h3 b.post{color:#1e62c9}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow:auto;padding:.6rem;background:#8882;border-radius:4px}
table{border-collapse:collapse;width:100%;margin:.4rem 0}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #8883}
summary{cursor:pointer}p{margin:.4rem 0}
"""
Node = Mapping[str, Any]


def style_policy() -> str:
    """A content security policy that allows this page's own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{digest}'"
    )


def render(openapi: Node) -> str:
    """The page."""
    info = openapi["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(info['title'])}</h1>"
        + _paragraphs(info.get("description", ""))
        + '<p><a href="/openapi.json">openapi.json</a></p>'
        + "".join(_groups(openapi))
        + _schemas(openapi.get("components", {}).get("schemas", {}))
        + "</body></html>"
    )


def _groups(openapi: Node) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(path, method, operation))
    for tag, operations in groups.items():
        yield f"<h2>{escape(tag)}</h2>" + "".join(operations)


def _operation(path: str, method: str, operation: Node) -> str:
    return (
        f'<section><h3><b class="{escape(method)}">{escape(method.upper())}</b> <code>{escape(path)}</code></h3>'
        + _paragraphs(operation.get("description", operation.get("summary", "")))
        + _parameters(operation.get("parameters", []))
        + _body(operation.get("requestBody"))
        + _responses(operation.get("responses", {}))
        + "</section>"
    )


def _parameters(parameters: list[Node]) -> str:
    rows = [
        [
            f"<code>{escape(p['name'])}</code>",
            escape(p["in"]),
            _type(_given(p.get("schema", {}))),
            escape(p.get("description", "")),
        ]
        for p in parameters
    ]
    return _table(["parameter", "in", "form", ""], rows) if rows else ""


def _given(schema: Node) -> Node:
    """What a parameter is when it is given: null only says that it need not be."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else schema


def _body(body: Node | None) -> str:
    if body is None:
        return ""
    kinds = ", ".join(f"<code>{escape(kind)}</code>" for kind in body["content"])
    examples = [
        f"<details><summary>{escape(example.get('summary', name))}</summary>"
        f"<pre>{escape(json.dumps(example['value'], ensure_ascii=False, indent=1))}</pre></details>"
        for content in body["content"].values()
        for name, example in content.get("examples", {}).items()
    ]
    return f"<p>{escape(body.get('description', ''))} Body: {kinds}</p>" + "".join(examples)


def _responses(responses: Node) -> str:
    rows = [
        [
            escape(status),
            escape(response.get("description", "")),
            " ".join(_type(content.get("schema", {})) for content in response.get("content", {}).values()),
        ]
        for status, response in responses.items()
    ]
    return _table(["answer", "", "body"], rows)


def _schemas(schemas: Node) -> str:
    return "<h2>shapes</h2>" + "".join(
        f'<section id="{escape(name)}"><h3><code>{escape(name)}</code></h3>'
        + _paragraphs(schema.get("description", ""))
        + _table(
            ["field", "form", ""],
            [
                [f"<code>{escape(field)}</code>", _type(inner), escape(inner.get("description", ""))]
                for field, inner in schema.get("properties", {}).items()
            ],
        )
        + "</section>"
        for name, schema in sorted(schemas.items())
    )


def _type(schema: Node) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_type(option) for option in schema[key])
    if "enum" in schema:
        return " / ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    limits = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    pattern = [f"<code>{escape(schema['pattern'])}</code>"] if "pattern" in schema else []
    return " ".join([escape(str(schema.get("type", "any"))), *limits, *pattern])


def _table(heads: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())
