"""Every rule of every layout is broken once, and noticed with its code at its line and field; no rule is left out."""

from functools import partial

import pytest

from ringback.synthetic_partners.layouts import built_in_layouts
from tests.unit.synthetic_partners.layouts.proofs import field_proofs, is_proved, rule_proofs
from tests.unit.synthetic_partners.layouts.specimens import specimen

NAMES = sorted(name for name, layout in built_in_layouts().items() if layout.family != "x12")


@pytest.mark.parametrize("name", NAMES)
def test_every_field_and_rule_is_proved(name: str) -> None:
    """Each thing that a layout says of a field, and each entry under `rules`, speaks when it alone is broken."""
    layout = built_in_layouts()[name]
    specimens = partial(specimen, name)

    unproved = []
    for said, attempts in (*field_proofs(specimens), *rule_proofs(specimens)):
        good, seen = is_proved(layout, attempts)
        if not good:
            unproved.append(f"{said}: {seen}")

    assert unproved == []
