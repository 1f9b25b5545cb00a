"""Makes the JSON Schema of journey and steps files from the schema tables and the installed drivers and checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringback.engine.forms import FORMS
from ringback.engine.problems import RingbackError
from ringback.engine.registry import DriverSet
from ringback.engine.schema import (
    CLOCK,
    GATE,
    INPUT_KINDS,
    JOURNEY,
    MATRIX,
    PARTNER,
    QUARANTINE,
    STEP,
    STEPS_FILE,
    STRUCTURE,
    TYPES,
    Key,
    Level,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DURATION = {"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"}
JsonSchema = dict[str, Any]

SHAPES: Mapping[str, JsonSchema] = {
    "text": {"type": "string"},
    "name": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"},
    "texts": {"type": "array", "items": {"type": ["string", "number"]}},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "boolean": {"type": "boolean"},
    "duration": DURATION,
    "date": {"type": "string", "format": "date"},
    "mapping": {"type": "object"},
    "list": {"type": "array"},
    "value": {},
    "gate": {"$ref": "#/$defs/gate"},
    "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
    "undo": {"anyOf": [{"$ref": "#/$defs/step"}, {"type": "array", "items": {"$ref": "#/$defs/step"}}]},
    "conditions": {
        "type": "object",
        "propertyNames": {"pattern": "\\$"},
        "additionalProperties": {"$ref": "#/$defs/expected"},
    },
    "expectations": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/expected"}},
    "outputs": {"type": "object", "additionalProperties": {"type": "string"}},
    "inputs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/input"}},
    "matrix": {"$ref": "#/$defs/matrix"},
    "pick": {"type": "string", "pattern": "^(all|pairwise|[1-9]-way)$"},
    "partners": {"type": "array", "items": {"$ref": "#/$defs/partner"}},
    "types": {"type": "object", "additionalProperties": {"$ref": "#/$defs/need"}},
    "templates": {"type": "object"},
    "clock": {"$ref": "#/$defs/clock"},
}


def journey_schema(tools: DriverSet) -> JsonSchema:
    """The JSON Schema of *.journey.yaml."""
    return {"$schema": DIALECT, "title": "Ringback journey", **_object(JOURNEY), "$defs": _definitions(tools)}


def steps_schema(tools: DriverSet) -> JsonSchema:
    """The JSON Schema of *.steps.yaml."""
    return {"$schema": DIALECT, "title": "Ringback reusable steps", **_object(STEPS_FILE), "$defs": _definitions(tools)}


def _definitions(tools: DriverSet) -> JsonSchema:
    return {
        "step": _step(tools),
        "expected": _expected(tools),
        "gate": {"anyOf": [{"enum": ["blocking", "advisory"]}, _object(GATE, quarantined=_object(QUARANTINE))]},
        "matrix": {
            "type": "object",
            "properties": {name: _property(key) for name, key in MATRIX.items()},
            "additionalProperties": {"type": "array", "minItems": 1},
        },
        "partner": _object(PARTNER),
        "clock": _object(CLOCK),
        "need": {"anyOf": [{"enum": list(TYPES)}, {"type": "object", "required": ["type"]}]},
        "input": {"anyOf": [{"type": ["string", "number", "boolean", "null", "array"]}, _input()]},
    }


def _step(tools: DriverSet) -> JsonSchema:
    """All keys that any installed driver or probe knows; which belong together is the loader's to say."""
    properties = {name: _property(key) for name, key in {**STEP, **STRUCTURE}.items()}
    for name in (*tools.driver_names(), *tools.check_names()):
        for key, says in _keys_of(tools, name).items():
            known = properties.setdefault(key, {"description": f"{name}: {says}"})
            if not known["description"].startswith(f"{name}: ") and key not in STEP:
                known["description"] += f"\n{name}: {says}"
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _keys_of(tools: DriverSet, name: str) -> Mapping[str, str]:
    """The keys of a driver or probe; none when it cannot be loaded (an extra is not installed)."""
    try:
        registered = tools.registered("ringback.drivers" if name in tools.driver_names() else "ringback.checks", name)
    except RingbackError:
        return {}
    keys: Mapping[str, str] = getattr(registered, "keys", None) or {}
    return keys


def _expected(tools: DriverSet) -> JsonSchema:
    """A right-hand side: a plain value, matchers, or a value form."""
    words: Mapping[str, str] = getattr(tools.vocabulary(), "words", {})
    described = {name: {"description": form.says} for name, form in FORMS.items()}
    described |= {word: {"description": says} for word, says in words.items()}
    known = sorted({*words, *(key for form in FORMS.values() for key in form.keys)})
    scalar = {"type": ["string", "number", "boolean", "null", "array"]}
    return {"anyOf": [scalar, {"type": "object", "properties": described, "propertyNames": {"enum": known}}]}


def _input() -> JsonSchema:
    described = {**INPUT_KINDS, **{name: form.says for name, form in FORMS.items()}}
    return {"type": "object", "properties": {name: {"description": says} for name, says in described.items()}}


def _object(level: Level, **shapes: JsonSchema) -> JsonSchema:
    """A level as a JSON Schema object; `shapes` replace the shape of single keys."""
    properties = {name: {**_property(key), **shapes.get(name, {})} for name, key in level.items()}
    required = [name for name, key in level.items() if key.required]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _property(key: Key) -> JsonSchema:
    shape = {"enum": list(key.choices)} if key.choices else dict(SHAPES[key.type])
    return {"description": key.says, **shape}
