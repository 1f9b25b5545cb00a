"""From a run's record to fallouts and a gate's verdict."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ringback.engine.model import Gate, JourneyHead, Variant
from ringback.engine.problems import InvalidFile, UsageError
from ringback.operations.decisions import decide
from ringback.operations.fallouts import blast_radius, find_fallout, list_fallouts, sightings
from ringback.operations.files import find_policy
from ringback.operations.gate import Verdict
from ringback.operations.ingest import Ingested, ingest
from ringback.operations.ownership import load_ownership
from ringback.operations.policy import load_policy
from ringback.operations.releases import Release, add_release, find_release
from ringback.operations.sla import load_sla
from ringback.operations.store import Store, stamp
from ringback.reports.record import JourneyRecord, RunRecord

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
VARIANTS = ("north-confirm", "west-delay")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store.at(tmp_path)


@pytest.fixture
def candidate(store: Store) -> Release:
    """A release candidate."""
    return add_release(store, train="oss-bss", version="2026.11.1", now=NOW)


def head() -> JourneyHead:
    """The flagship journey as the gate sees it."""
    return JourneyHead(
        id="activate",
        file="journeys/activate.journey.yaml",
        line=1,
        summary="",
        owner="order-management",
        rank=1,
        weight=0.1,
        gate=Gate(),
        covers=(),
        tags=(),
        handoffs=(),
        variants=tuple(Variant(name, {}) for name in VARIANTS),
        digest="d",
    )


def failure(actual: str = "45.00 USD", step: str = "price", system: str = "discount-engine") -> dict[str, object]:
    """A failure as the record tells it."""
    return {
        "step": step,
        "name": "The price holds the promotion",
        "kind": "ui",
        "system": system,
        "operation": "read",
        "check": "expect",
        "path": "text(Monthly total)",
        "expected": "36.00 USD",
        "actual": actual,
        "message": "",
        "file": "journeys/activate.journey.yaml",
        "line": 90,
    }


def run(name: str, statuses: dict[str, str], why: dict[str, object] | None = None, at: datetime = NOW) -> RunRecord:
    """A run whose variants ended as given."""
    record = RunRecord(run=name, folder=Path("runs") / name, started_at=at, environment="embedded")
    for variant, status in statuses.items():
        record.journeys.append(
            JourneyRecord(
                session=f"{name}-{variant}",
                journey="activate",
                variant=variant,
                node_id="",
                name="",
                file="",
                line=1,
                owner="order-management",
                rank=1,
                weight=0.1,
                gate={"mode": "blocking"},
                tags=(),
                covers=(),
                parameters={},
                digest="d",
                worker="main",
                started_at=at,
                status=status,
                failure=why if status == "failed" else None,
                known_values=("6175550142",),
            )
        )
    return record


def take(store: Store, record: RunRecord, release: Release | None, now: datetime = NOW) -> Ingested:
    """Ingest with the policies that come with Ringback."""
    ownership = load_ownership(find_policy(ROOT, "ownership.yaml"))
    return ingest(
        store, record, release=release, ownership=ownership, sla=load_sla(find_policy(ROOT, "sla.yaml")), now=now
    )


def verdict(store: Store, release: Release, now: datetime = NOW, *journeys: JourneyHead) -> Verdict:
    """What the built-in gate says."""
    return decide(store, load_policy(find_policy(ROOT, "gate.yaml")), release, (head(), *journeys), now).verdict


def all_as(status: str) -> dict[str, str]:
    """Every variant with one status."""
    return dict.fromkeys(VARIANTS, status)


def test_gate_is_inconclusive_without_evidence(store: Store, candidate: Release) -> None:
    """No run at all is never a pass."""
    assert verdict(store, candidate) is Verdict.INCONCLUSIVE


def test_gate_passes_when_every_variant_passed(store: Store, candidate: Release) -> None:
    """All required variants green on this candidate."""
    take(store, run("r1", all_as("passed")), candidate)

    assert verdict(store, candidate) is Verdict.PASS


@pytest.mark.parametrize("status", ["error", "blocked", "skipped", "unfinished"])
def test_what_is_no_evidence_makes_the_gate_inconclusive(store: Store, candidate: Release, status: str) -> None:
    """One variant that broke or did not run is missing evidence, not a pass and not a failure."""
    take(store, run("r1", {VARIANTS[0]: "passed", VARIANTS[1]: status}), candidate)

    assert verdict(store, candidate) is Verdict.INCONCLUSIVE


def test_a_missing_variant_makes_the_gate_inconclusive(store: Store, candidate: Release) -> None:
    """A silently smaller run does not pass."""
    take(store, run("r1", {VARIANTS[0]: "passed"}), candidate)

    assert verdict(store, candidate) is Verdict.INCONCLUSIVE


def test_gate_fails_when_a_variant_failed(store: Store, candidate: Release) -> None:
    """A failure outweighs everything else."""
    take(store, run("r1", {VARIANTS[0]: "failed", VARIANTS[1]: "error"}, failure()), candidate)

    assert verdict(store, candidate) is Verdict.FAIL


def test_a_quarantined_journey_blocks_again_from_its_date(store: Store, candidate: Release) -> None:
    """Until the date of its ticket the journey is not asked for; from then on it has to have evidence."""
    take(store, run("r1", all_as("passed")), candidate)
    ill = replace(head(), id="ill", gate=Gate("quarantined", "OM-17", "2026-11-20"))

    assert verdict(store, candidate, NOW, replace(ill, gate=Gate("quarantined", "OM-17", "2026-11-21"))) is Verdict.PASS
    assert verdict(store, candidate, NOW, ill) is Verdict.INCONCLUSIVE


def test_old_evidence_does_not_count(store: Store, candidate: Release) -> None:
    """Evidence older than the policy's max_age is no evidence."""
    take(store, run("r1", all_as("passed")), candidate)

    assert verdict(store, candidate, NOW + timedelta(hours=25)) is Verdict.INCONCLUSIVE


def test_evidence_of_another_candidate_does_not_count(store: Store, candidate: Release) -> None:
    """Each candidate shows for itself."""
    take(store, run("r1", all_as("passed")), candidate)
    other = add_release(store, train="oss-bss", version="2026.11.2", now=NOW)

    assert verdict(store, other) is Verdict.INCONCLUSIVE


def test_the_newest_run_of_a_candidate_counts(store: Store, candidate: Release) -> None:
    """A green run after a red one on the same candidate is what the gate sees."""
    take(store, run("r1", all_as("failed"), failure()), candidate)
    take(store, run("r2", all_as("passed"), at=NOW + timedelta(minutes=5)), candidate)

    assert verdict(store, candidate, NOW + timedelta(minutes=6)) is Verdict.PASS


def test_the_same_fault_twice_is_one_fallout_with_two_occurrences(store: Store, candidate: Release) -> None:
    """An occurrence is a run that met the fault, however many variants failed by it."""
    first = take(store, run("r1", all_as("failed"), failure()), candidate)
    second = take(store, run("r2", all_as("failed"), failure()), candidate)

    (fallout,) = list_fallouts(store)
    assert (first.opened, second.opened, second.recurred) == ((1,), (), (1,))
    assert fallout.occurrences == 2
    assert [count for _, _, count in blast_radius(store, fallout)] == [2, 2]


def test_another_fault_is_another_fallout(store: Store, candidate: Release) -> None:
    """Another step that fails is not the same fault."""
    take(store, run("r1", all_as("failed"), failure()), candidate)
    take(store, run("r2", all_as("failed"), failure(step="completed", system="ordering")), candidate)

    assert [f.occurrences for f in list_fallouts(store)] == [1, 1]


def test_values_of_the_run_do_not_split_a_fault(store: Store, candidate: Release) -> None:
    """The journey's own number in the message differs each time; the fault is the same."""
    take(store, run("r1", all_as("failed"), failure(actual="no row for 6175550142")), candidate)
    take(store, run("r2", all_as("failed"), failure(actual="no row for 5085550101")), candidate)

    assert len(list_fallouts(store)) == 1


def test_a_broken_run_opens_no_fallout(store: Store, candidate: Release) -> None:
    """An environment that broke says nothing about the product."""
    take(store, run("r1", all_as("error")), candidate)

    assert list_fallouts(store) == ()


def test_taking_a_run_in_twice_changes_nothing(store: Store, candidate: Release) -> None:
    """Ingest is idempotent by run."""
    record = run("r1", all_as("failed"), failure())
    take(store, record, candidate)
    take(store, record, candidate)

    assert list_fallouts(store)[0].occurrences == 1


def test_a_fallout_has_owner_deadline_and_evidence(store: Store, candidate: Release) -> None:
    """The owner comes from ownership.yaml, the deadline from sla.yaml, the evidence from the run."""
    take(store, run("r1", all_as("failed"), failure()), candidate)

    fallout = find_fallout(store, "FO-1")
    assert (fallout.owner, fallout.severity) == ("pricing-and-promotions", "major")
    assert fallout.resolve_by == NOW + timedelta(hours=16)
    assert {s.expected for s in sightings(store, fallout)} == {"36.00 USD"}
    assert {s.folder for s in sightings(store, fallout)} == {"runs/r1"}


def test_unknown_release_says_how_to_add_it(store: Store) -> None:
    """A release that nobody added is a wrong call, with the mend."""
    with pytest.raises(UsageError, match="ringback release add"):
        find_release(store, "2030.1")


def test_a_release_is_added_once(store: Store, candidate: Release) -> None:
    """The second time is refused."""
    with pytest.raises(UsageError, match="already there"):
        add_release(store, train="oss-bss", version=candidate.version, now=NOW)


def test_a_policy_reports_all_its_problems(tmp_path: Path) -> None:
    """Unknown rule type, unknown key and a bad duration come in one go, with lines."""
    path = tmp_path / "gate.yaml"
    path.write_text("version: 1\nevidence: {max_age: soon}\nrules:\n  - {id: a, type: journeys_run, sellect: {}}\n")

    with pytest.raises(InvalidFile) as caught:
        load_policy(path)

    assert len(caught.value.problems) == 3


def test_naive_times_are_refused() -> None:
    """Nobody knows what a time without a zone means."""
    with pytest.raises(ValueError, match="time zone"):
        stamp(datetime(2026, 11, 20))  # noqa: DTZ001 - the point of the test
