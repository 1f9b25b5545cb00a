"""How a matrix becomes variants."""

from itertools import combinations, product

import pytest

from ringback.engine.model import Variant
from ringback.engine.source import Source
from ringback.engine.variants import read_variants
from ringback.engine.yaml_reader import read_yaml

AXES = "donor: [north-tel, west-mobile], device: [PHX-128, PHX-256], answer: [confirm, delay, resolve]"


def variants(text: str) -> tuple[Variant, ...]:
    """The variants of a matrix that has no problems."""
    problems: list[str] = []

    def report(_source: Source, what: str, _hint: str = "") -> None:
        problems.append(what)

    found = read_variants(read_yaml(text, "f.yaml")[0], report)
    assert problems == []
    return found


def test_without_a_matrix_there_is_one_variant_without_id() -> None:
    """A journey without a matrix runs once."""
    assert [variant.id for variant in read_variants(None, lambda *_: None)] == [""]


def test_all_combinations_have_stable_readable_ids() -> None:
    """The id is the values in the order of the axes."""
    found = variants(f"{{{AXES}}}")

    assert len(found) == 12
    assert found[0].id == "north-tel-PHX-128-confirm"
    assert found[0].values == {"donor": "north-tel", "device": "PHX-128", "answer": "confirm"}


@pytest.mark.parametrize(("pick", "strength"), [("pairwise", 2), ("2-way", 2), ("3-way", 3)])
def test_every_combination_of_some_axes_is_covered(pick: str, strength: int) -> None:
    """Pairwise covers each pair of values, n-way each n-tuple, with fewer variants than all."""
    found = variants(f"{{{AXES}, speed: [fast, slow], pick: {pick}}}")

    axes = {"donor": 2, "device": 2, "answer": 3, "speed": 2}
    for names in combinations(axes, strength):
        seen = {tuple(variant.values[name] for name in names) for variant in found}
        every = list(product(*({variant.values[name] for variant in found} for name in names)))
        assert seen == set(every)
    assert len(found) < 24


def test_pairwise_finds_the_smallest_table_of_the_flagship() -> None:
    """Two donors, two devices and three answers need six variants, as many as the two longest axes have pairs."""
    assert len(variants(f"{{{AXES}, pick: pairwise}}")) == 6


def test_the_same_matrix_gives_the_same_variants() -> None:
    """Ids are history keys: nothing is drawn by chance."""
    assert variants(f"{{{AXES}, pick: pairwise}}") == variants(f"{{{AXES}, pick: pairwise}}")


def test_excluded_combinations_are_left_out_and_included_ones_are_there() -> None:
    """`exclude` may name some axes, `include` names all of them."""
    found = variants(
        f"{{{AXES}, pick: pairwise, exclude: [{{donor: north-tel, device: PHX-256}}],"
        " include: [{donor: west-mobile, device: PHX-256, answer: resolve}]}"
    )

    assert not [one for one in found if one.values["donor"] == "north-tel" and one.values["device"] == "PHX-256"]
    assert "west-mobile-PHX-256-resolve" in [variant.id for variant in found]


def test_a_mapping_is_a_value_when_it_has_an_id() -> None:
    """An axis may hold more than names."""
    found = variants("{size: [{id: small, lines: 1}, {id: large, lines: 40}]}")

    assert [variant.id for variant in found] == ["small", "large"]
    assert found[1].values["size"] == {"id": "large", "lines": 40}
