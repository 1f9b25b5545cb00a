"""Builds a journey's inputs and the behaviours of its partners."""

from __future__ import annotations

from dataclasses import replace

from ringback.engine.excerpt import advice
from ringback.engine.forms import FORMS, as_plain
from ringback.engine.load_answers import check_anomaly, check_answers
from ringback.engine.model import BehaviourSpec, Input
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode, kind_of
from ringback.engine.protocols import Template
from ringback.engine.reading import PlaceReader
from ringback.engine.schema import INPUT_KINDS, PARTNER
from ringback.engine.shapes import check_keys, text_of_key
from ringback.engine.templates import Fields

LEASE_KEYS = ("lease", "where")


def load_inputs(node: Node | None, place: PlaceReader) -> tuple[tuple[Input, ...], frozenset[str]]:
    """The inputs in the order of the file; each may use the ones before it."""
    found: list[Input] = []
    known: set[str] = set()
    for key, value in node.entries if isinstance(node, MappingNode) else ():
        names = replace(place.names, inputs=frozenset(known))
        found.append(_input(key, value, PlaceReader(place.reading, names, place.folder)))
        known.add(key.text)
    return tuple(found), frozenset(known)


def _input(key: ScalarNode, value: Node, place: PlaceReader) -> Input:
    """One input: the `spec` of a lease is {pool, where}, of a secret {name}, of a fake {fake, ..}; else a template."""
    kind = next(
        (name for name in INPUT_KINDS if isinstance(value, MappingNode) and value.get(name) is not None), "value"
    )
    if kind == "value" or not isinstance(value, MappingNode):
        _near_miss(value, place)
        return Input(key.text, "value", {}, place.template(value), key.source)
    if kind == "fake":
        return Input(key.text, kind, {name.text: as_plain(part) for name, part in value.entries}, None, key.source)
    allowed = LEASE_KEYS if kind == "lease" else (kind,)
    for name, _ in value.entries:
        if name.text not in allowed:
            place.problem(name.source, f"unknown key {name.text!r} in {{{kind}: ..}}", advice(name.text, allowed))
    named = value.get(kind)
    text = named.text if isinstance(named, ScalarNode) and isinstance(named.value, str) else ""
    if not text and named is not None:
        place.problem(named.source, f"`{kind}` needs a name, not {kind_of(named)}", f"write {{{kind}: name}}")
    if kind == "secret":
        return Input(key.text, kind, {"name": text}, None, key.source)
    _check_pool(text, named, place)
    where = value.get("where")
    return Input(
        key.text, kind, {"pool": text, "where": place.template(where) if where is not None else None}, None, key.source
    )


def _near_miss(value: Node, place: PlaceReader) -> None:
    """A mapping with one key that is nearly the name of a kind of input: {leese: customer}."""
    if not isinstance(value, MappingNode) or len(value.entries) != 1:
        return
    key = value.entries[0][0]
    meant = advice(key.text, (*INPUT_KINDS, *FORMS))
    if key.text not in FORMS and meant.startswith("did you mean") and not key.text.startswith("$"):
        place.problem(
            key.source, f"no kind of input is called {key.text!r}", f"{meant} A mapping as data is {{literal: {{..}}}}"
        )


def _check_pool(pool: str, node: Node | None, place: PlaceReader) -> None:
    environment = place.reading.environment
    if environment is None or node is None or not pool or pool in environment.leases:
        return
    place.problem(
        node.source,
        f"{environment.file} has no lease {pool!r}",
        advice(pool, environment.leases, "add it below `leases:`"),
    )


def load_partners(node: Node | None, place: PlaceReader) -> tuple[BehaviourSpec, ...]:
    """The behaviours; their expressions may name inputs, the matrix and any step."""
    found = [_behaviour(item, place) for item in (node.items if isinstance(node, SequenceNode) else ())]
    return tuple(behaviour for behaviour in found if behaviour is not None)


def _behaviour(node: Node, place: PlaceReader) -> BehaviourSpec | None:
    if not isinstance(node, MappingNode):
        place.problem(
            node.source,
            f"an entry of `partners` is a mapping, not {kind_of(node)}",
            "write {partner: .., receives: .., where: {..}, do: ..}",
        )
        return None
    good = check_keys(node, PARTNER, place.problem, place="the entry of `partners`")
    name = text_of_key(node, "partner", good)
    _check_partner(name, node, place)
    check_anomaly(node, place)
    return BehaviourSpec(
        partner=name,
        receives=text_of_key(node, "receives", good),
        where=_template(node, "where", good, place),
        do=_template(node, "do", good, place),
        options=_options(node, good, place),
        source=node.source,
        anomaly=place.template(anomaly) if (anomaly := node.get("anomaly")) is not None else None,
    )


def _template(node: MappingNode, key: str, good: frozenset[str], place: PlaceReader) -> Template:
    found = node.get(key) if key in good else None
    return place.template(found) if found is not None else Fields((), node.source)


def _options(node: MappingNode, good: frozenset[str], place: PlaceReader) -> dict[str, Template]:
    listed = node.get("options") if "options" in good else None
    options = {
        key.text: place.template(value) for key, value in (listed.entries if isinstance(listed, MappingNode) else ())
    }
    origin = node.get("from")
    return options if origin is None else {"from": place.template(origin), **options}


def _check_partner(name: str, node: MappingNode, place: PlaceReader) -> None:
    environment = place.reading.environment
    if environment is None or not name:
        return
    if name in environment.partners:
        check_answers(node, name, environment, place)
        return
    source = found.source if (found := node.get("partner")) is not None else node.source
    place.problem(source, f"{environment.file} has no partner {name!r}", advice(name, environment.partners))
