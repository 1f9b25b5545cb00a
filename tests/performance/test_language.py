"""How long reading journeys takes, as ratios of the same minute, with margins that a busy machine keeps."""

import time
from collections.abc import Callable
from pathlib import Path

import yaml

from ringback.engine.loader import load_journey, read_head
from ringback.engine.names import Names
from ringback.engine.reading import PlaceReader, Reading
from ringback.engine.registry import DriverSet
from ringback.engine.yaml_reader import read_yaml

STEP = """  - id: s{number}
    name: The order exists as it was typed
    api: ordering.listProductOrder
    query: {{externalId: $inputs.number}}
    expect: {{body.length: 1, body.0.state: {{in: [acknowledged, inProgress]}}}}
    outputs:
      id: body.0.id
"""
HEAD = "journey: j{number}\nsummary: Two calls\nowner: order-management\ntags: [fast]\ninputs: {{number: A1}}\nsteps:\n"


def journey(folder: Path, steps: int, number: int = 0) -> Path:
    """A journey file of so many steps."""
    path = folder / f"j{number}.journey.yaml"
    path.write_text(HEAD.format(number=number) + "".join(STEP.format(number=step) for step in range(steps)))
    return path


def cpu_s(work: Callable[[], object], times: int = 10) -> float:
    """The least processor time of several tries: what the work itself costs."""
    least = float("inf")
    for _ in range(times):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least


def test_reading_heads_costs_a_fraction_of_loading_journeys(tmp_path: Path) -> None:
    """Collecting parses only what stands above the steps: a twentieth of loading files of 20 steps, measured."""
    files = [journey(tmp_path, 20, number) for number in range(20)]
    tools = DriverSet()

    heads = cpu_s(lambda: [read_head(file, tmp_path) for file in files])
    whole = cpu_s(lambda: [load_journey(file, tmp_path, tools) for file in files], times=3)

    assert heads < whole / 4


def test_loading_a_journey_costs_little_more_than_reading_its_yaml(tmp_path: Path) -> None:
    """Checking and building a journey of 60 steps takes about one and a half times what libyaml takes, measured."""
    tools = DriverSet()
    file = journey(tmp_path, 60)
    text = file.read_text()

    plain = cpu_s(lambda: yaml.load(text, yaml.CSafeLoader))
    whole = cpu_s(lambda: load_journey(file, tmp_path, tools))

    assert whole < 8 * plain


def test_an_expression_is_compiled_once(tmp_path: Path) -> None:
    """Looking a compiled expression up costs a small part of reading it again."""

    class OrderScope:
        """One order."""

        def lookup(self, name: str) -> object:
            """The order."""
            return {"id": name}

    node, _ = read_yaml("$order.id", "f.yaml")
    assert node is not None
    place = PlaceReader(Reading(tmp_path, DriverSet()), Names(inputs=frozenset({"order"})), tmp_path)
    template, scope = place.template(node), OrderScope()

    compiled = cpu_s(lambda: [place.template(node) for _ in range(300)])
    looked_up = cpu_s(lambda: [template.resolve(scope) for _ in range(300)])

    assert looked_up < compiled
