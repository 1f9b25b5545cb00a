"""What a partner does with a file of lines: bad records are left out and named, good ones taken, hashes held."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.acks import read_ack
from ringback.synthetic_partners.behaviour import PartnerSettings, Request
from ringback.synthetic_partners.checksums import side_car
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.intake import Arrival, Taken, take_in
from ringback.synthetic_partners.kinds.readers import DataWarehouse
from ringback.synthetic_partners.layout import FeedLayout, load_layout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.sequences import PartnerMemory

NOW = datetime(2026, 1, 15, 12, 0, 10, tzinfo=UTC)


class Reader(DataWarehouse):
    """A partner that takes every record as a request."""

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per record."""
        return [Request("record", next(iter(record.values())), {}, (record,)) for record in file.records]


def taken(layout: FeedLayout, name: str, content: bytes, checksum: str = "") -> Taken:
    """What comes of a file."""
    kind = Reader(PartnerSettings("partner", "ACCESSCO", 1))
    return take_in(Arrival(name, content, NOW, checksum), layout, kind, PartnerMemory("host"))


@pytest.mark.parametrize(
    "trailer", [b"", b'trailer: [{name: mark, literal: "#END"}, {name: count, type: n1-3, is: count}]\n']
)
def test_a_bad_row_of_csv_costs_itself_alone(trailer: bytes) -> None:
    """Rows are counted behind the line of titles, whether the file has a trailer or not."""
    layout = load_layout(
        b"layout: own\nfamily: csv\nfeed: OWN\nfile_name: OWN.csv\nkey: id\n"
        b"record: [{name: id, type: n3, required: true}, {name: state, type: a1, one_of: [G, B]}]\n" + trailer,
        "own.layout.yaml",
    )
    content = b"id,state\n001,G\n002,X\n003,B\n" + (b"#END,3\n" if trailer else b"")

    found = taken(layout, "OWN.csv", content)

    assert found.decision == "PARTIAL"
    assert [request.key for request in found.requests] == ["001", "003"]
    assert [(error.line, error.key, error.code) for error in read_ack(found.acknowledgement).errors] == [
        (3, "002", "R104")
    ]


@pytest.mark.parametrize(
    ("beside", "decision"),
    [("right", "ACCEPTED"), ("", "REJECTED"), ("other", "REJECTED")],
    ids=["right", "none", "other"],
)
def test_a_file_of_json_lines_needs_its_hash(beside: str, decision: str) -> None:
    """Without the side-car, or with that of other content, nothing of it is taken."""
    layout = built_in_layouts()["wholesale-order"]
    made = generate_file(layout, rows=2, seed=3)
    checksum = {"right": side_car(made.content), "other": side_car(b"other"), "": b""}[beside].decode()

    found = taken(layout, made.name, made.content, checksum)

    assert found.decision == decision
    assert {error.code for error in read_ack(found.acknowledgement).errors} == (
        set() if beside == "right" else {"G017"}
    )
