"""The smallest body that a definition allows: its mandatory attributes, each with a plain value."""

from __future__ import annotations

from typing import Any

from definitions import Definition, Schema

_TIME = "2026-03-02T08:00:00.000Z"
_DEPTH = 6


def smallest(definition: Definition, name: str) -> dict[str, Any]:
    """A body for a create: what the definition makes mandatory, down to its parts, and nothing else."""
    properties = definition.properties(name)
    return {
        attribute: value(definition, properties.get(attribute, {"type": "string"}), attribute)
        for attribute in definition.required(name)
    }


def value(definition: Definition, schema: Schema, attribute: str, depth: int = 0) -> Any:
    """A value that a schema allows."""
    name, plain = definition.resolve(schema)
    if plain.get("enum"):
        return plain["enum"][0]
    kind = plain.get("type", "object" if name or "properties" in plain else "string")
    if kind == "array":
        return [value(definition, plain.get("items", {}), attribute, depth + 1)]
    if kind == "object":
        return _record(definition, name, plain, depth)
    return _simple(kind, str(plain.get("format", "")), attribute)


def _record(definition: Definition, name: str, plain: Schema, depth: int) -> dict[str, Any]:
    properties = definition.properties(name) if name else plain.get("properties", {})
    required = definition.required(name) if name else plain.get("required", ())
    if depth >= _DEPTH:
        return {}
    wanted = [*required] or [attribute for attribute in ("id", "name", "text") if attribute in properties][:1]
    return {
        attribute: value(definition, properties.get(attribute, {"type": "string"}), attribute, depth + 1)
        for attribute in wanted
    }


def _simple(kind: str, form: str, attribute: str) -> Any:
    if kind in ("integer", "number"):
        return 1
    if kind == "boolean":
        return True
    if form == "date-time":
        return _TIME
    return {"href": "https://example.com/1", "callback": "http://127.0.0.1:9/none"}.get(attribute, f"{attribute}-1")
