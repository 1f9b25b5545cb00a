"""Each system of the stack owns its tables; it reaches the others by HTTP and delivered events alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

STACK = Path(__file__).parents[2] / "reference_stack"

# Who owns which tables (the prefix of their names); a system without an entry has none.
OWNED = {
    "accounts": {"CRM"},
    "activation": {"ACT"},
    "assurance": {"TT", "ASR"},
    "billing": {"BIL"},
    "campaign": {"CMP"},
    "care": set[str](),
    "catalogue": {"CAT"},
    "credit": {"CRD"},
    "crm": {"CRM"},
    "crm_line_data": {"CRM"},
    "event_log": {"EVT"},
    "event_topics": {"EVT"},
    "exports": {"CRM"},
    "fallout": {"FLT"},
    "gateway": {"PGW"},
    "legacy": {"LEG"},
    "location": {"LOC"},
    "logistics": {"PGW"},
    "mano": {"MANO"},
    "network": {"NE"},
    "nightly_sync": {"NUM"},
    "nso": {"NSO"},
    "number_inventory": {"NUM", "RINV"},
    "offering_qualification": {"COM"},
    "ordering": {"COM"},
    "party_interactions": {"CRM"},
    "portability": {"NPG"},
    "product_inventory": {"PINV", "PRODUCT"},
    "qualification": {"LOC"},
    "quotes": {"COM"},
    "resource_inventory": {"NUM", "RINV"},
    "resource_ordering": {"ROM"},
    "resource_parts": {"RINV"},
    "resource_reservations": {"NUM", "RINV"},
    "sim_batches": {"RINV"},
    "service_dependents": {"SINV"},
    "service_inventory": {"SINV"},
    "service_ordering": {"SOM"},
    "workforce": {"WFM"},
}

# Modules below systems/ that are no system: words and helpers without data of their own.
SHARED = {
    "clock",
    "crm_line_data",
    "documents",
    "event_topics",
    "fallout_report",
    "logistics_checks",
    "money",
    "patience",
} | {
    "event_topics",
    "nightly_sync",
    "number_inventory",
    "party_interactions",
    "reading",
    "resource_parts",
    "resource_reservations",
    "service_dependents",
    "sim_batches",
    "subscriber",
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of every system, with the system's name."""
    for folder in (STACK / "systems", STACK / "gateway", STACK / "care"):
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder).parts[0].removesuffix(".py")
            yield (inner if folder.name == "systems" else folder.name), path


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """What a module imports, as (module, name)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("system", sorted({name for name, _ in modules()}))
def test_a_system_uses_its_own_tables_only(system: str) -> None:
    """No shared table: what another system knows is asked for over HTTP."""
    foreign = [
        f"{path.relative_to(STACK)}: {name}"
        for owner, path in modules()
        if owner == system
        for module, name in imports(path)
        if module.endswith(".schema") and name.isupper() and "_" in name
        if name.split("_")[0] not in OWNED.get(system, set())
    ]

    assert foreign == []


def test_no_system_imports_another() -> None:
    """No function call between systems, only the helpers that hold no data."""
    calls = []
    for owner, path in modules():
        for module, name in imports(path):
            inside = module.partition("ringback.reference_stack.systems")[2].strip(".")
            other = inside.split(".")[0] if inside else name if module.endswith(".systems") else ""
            if other and other != owner and other not in SHARED and owner not in ("__init__", "admin"):
                calls.append(f"{path.relative_to(STACK)}: {module}")
    assert calls == []
