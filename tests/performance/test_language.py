"""How long reading journeys takes; the limits are far above the measured figures, so that a busy machine passes."""

import time
from collections.abc import Callable
from pathlib import Path

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


def test_the_heads_of_a_thousand_files_are_read_within_a_second(tmp_path: Path) -> None:
    """Collecting parses only what stands above the steps (0.15 s measured for 1,000 files of 20 steps)."""
    files = [journey(tmp_path, 20, number) for number in range(1000)]

    took = cpu_s(lambda: [read_head(file, tmp_path) for file in files], times=1)

    assert took < 1.0


def test_a_journey_of_sixty_steps_loads_in_milliseconds(tmp_path: Path) -> None:
    """Reading, checking and building 424 lines takes about 9 ms after warm-up."""
    tools = DriverSet()
    file = journey(tmp_path, 60)

    took = cpu_s(lambda: load_journey(file, tmp_path, tools))

    assert took < 0.03


def test_an_expression_is_looked_up_in_microseconds(tmp_path: Path) -> None:
    """A compiled expression costs 1 to 5 us."""
    node, _ = read_yaml("$order.id", "f.yaml")
    assert node is not None
    place = PlaceReader(Reading(tmp_path, DriverSet()), Names(inputs=frozenset({"order"})), tmp_path)
    template = place.template(node)

    class OrderScope:
        """One order."""

        def lookup(self, name: str) -> object:
            """The order."""
            return {"id": name}

    scope = OrderScope()

    took = cpu_s(lambda: [template.resolve(scope) for _ in range(1000)])

    assert took / 1000 < 20e-6
