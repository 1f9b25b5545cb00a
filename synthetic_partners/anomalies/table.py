"""The forty anomalies of production as data: what each is, what it may be told, and what a correct receiver does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringback.synthetic_partners.anomalies.parameters import Parameter

KINDS = ("file", "record", "series", "transport", "answer", "http")
ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One anomaly.

    Args:
        id: A01 to A40.
        says: what is wrong, in one line.
        kind: `file` the whole of one file, `record` one record of it, `series` several files and their order,
            `transport` how a file is handed over, `answer` what is answered and when, `http` what a server answers.
        expects: what a correct receiver does.
        codes: what it may report; empty where the file by itself is valid.
        parameters: what the anomaly may be told.
        fits: what a layout must have, in words.
    """

    id: str
    says: str
    kind: str
    expects: str
    codes: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    fits: str = "any file"

    @property
    def shared(self) -> bool:
        """Whether it bears on the whole account (names, numbers, transport), not on one request alone."""
        return self.kind in ("file", "series", "transport")


_FIELD = Parameter("field", "the field; without it, the first that fits", "")
_MORE_OR_LESS = Parameter("n", "how many more (or, with a minus, fewer)", 1, least=-1_000_000)
_TRAILER = "a layout that declares a count"

_TABLE = (
    Anomaly(
        "A01", "a late file", "answer", "an alarm after the due time; the journey waits", (),
        (Parameter("minutes", "minutes of the environment's clock after the request", 90),),
    ),
    Anomaly(
        "A02", "a missing file", "series", "an alarm, then a sequence gap until it comes", (),
        (Parameter("days", "days of the environment's clock until it is found and sent", 1),), "a numbered feed",
    ),
    Anomaly("A03", "a copy sent again under the same name", "series", "DUPLICATE, nothing changes", ("G006",)),
    Anomaly(
        "A04", "a copy sent again under a new name", "series", "DUPLICATE by its hash", ("G001", "G002", "G006"),
        fits="a name with a number or a time",
    ),
    Anomaly(
        "A05", "the same sequence number with other content", "series", "REJECTED G007", ("G007",),
        fits="a numbered feed",
    ),
    Anomaly(
        "A06", "a sequence gap: files arrive out of order", "series", "held until the gap is closed, then in order",
        ("G008",), (Parameter("n", "how many files are overtaken", 1),), "a numbered feed",
    ),
    Anomaly("A07", "the sequence wraps from 99999 to 1", "series", "accepted", fits="a numbered feed"),
    Anomaly(
        "A08", "truncated: the end is missing", "file", "REJECTED G003, nothing applied",
        ("G003", "G004", "G005", "G011", "G012", "G013", "G019", "R102"),
        (Parameter("cut", "where it is cut", "trailer", ("trailer", "line", "byte")),),
    ),
    Anomaly("A09", "the trailer counts wrong", "file", "REJECTED G004", ("G004",), (_MORE_OR_LESS,), _TRAILER),
    Anomaly(
        "A10", "the control total is wrong", "file", "REJECTED G005", ("G005",), (_MORE_OR_LESS,),
        "a layout that declares a total",
    ),
    Anomaly(
        "A11", "a file of nothing: zero bytes, or header and trailer alone", "file",
        "G016 for zero bytes; a legal empty file is accepted", ("G016",),
        (Parameter("kind", "what is left", "zero", ("zero", "header-and-trailer")),),
    ),
    Anomaly(
        "A12", "a slow writer", "transport", "not read before it is renamed", (),
        (Parameter("pause", "seconds between two halves", 2),),
    ),
    Anomaly(
        "A13", "bytes of another encoding", "file", "REJECTED G010; exact round trip where the feed is UTF-8",
        ("G010", "R101", "R102", "R104"),
        (Parameter("kind", "which bytes", "bom", ("bom", "latin-1", "cp1252", "nel", "mojibake")),),
    ),
    Anomaly(
        "A14", "wrong record terminators", "file", "G013 where they are mixed; CRLF alone is tolerated",
        ("G003", "G011", "G012", "G013", "G019", "R102"),
        (Parameter("kind", "which terminators", "mixed", ("mixed", "crlf", "cr", "lf", "unended")),),
        "a file of lines",
    ),
    Anomaly(
        "A15", "the delimiter inside a field", "record", "R102 for the record, not the file", ("R102",), (_FIELD,),
        "delimited records, two or more",
    ),
    Anomaly(
        "A16", "leading zeros lost by a spreadsheet", "record", "R102", ("R102",), (_FIELD,),
        "a number with leading zeros",
    ),
    Anomaly(
        "A17", "a record twice in one file", "record", "R106, the first wins", ("R102", "R106"),
        (Parameter("n", "how many copies", 1),), "records that must be unique",
    ),
    Anomaly(
        "A18", "an update before what it updates is created", "series", "R105, tried again after the next file",
        ("R105",), fits="two records of one key",
    ),
    Anomaly(
        "A19", "an older version after a newer one", "series", "R108", ("R108",), fits="two records of one key",
    ),
    Anomaly(
        "A20", "an unknown code value", "record", "R104, the other records are applied", ("R104",),
        (_FIELD, Parameter("value", "the new code; without it, one that fits in width", "")), "a field with codes",
    ),
    Anomaly(
        "A21", "another set of columns", "file", "accepted where columns have names; else G012 or G011",
        ("G002", "G011", "G012", "R101", "R102", "R104", "R109"),
        (Parameter("kind", "what changed", "appended", ("appended", "reordered")),), "a file of lines",
    ),
    Anomaly(
        "A22", "day and month swapped", "record", "R109 where the date is impossible", ("R102", "R109"),
        (Parameter("kind", "which date comes of it", "impossible", ("impossible", "swapped")), _FIELD),
        "a date in a record",
    ),
    Anomaly(
        "A23", "a time of another zone", "record", "the explicit offset holds; R109 in the gap of spring",
        ("R102", "R109"),
        (
            Parameter("kind", "which time", "local", ("local", "repeated", "gap", "missing")),
            Parameter("zone", "whose local time", ZONE),
            _FIELD,
        ),
        "a time in a record; `gap` and `missing`: one with an offset",
    ),
    Anomaly(
        "A24", "a file dated ahead", "file", "G015 beyond 5 minutes", ("G015",),
        (Parameter("minutes", "minutes ahead", 1440),), "a date in header or name",
    ),
    Anomaly("A25", "records of one order in two files around midnight", "series", "both applied", fits="two records"),
    Anomaly(
        "A26", "a check digit that does not fit", "record", "R103", ("R103",),
        (Parameter("kind", "how it came about", "digit", ("digit", "transposed")), _FIELD), "a number with check digit",
    ),
    Anomaly(
        "A27", "an amount of another scale, with a sign, or too large", "record", "G005 or R102",
        ("G005", "G011", "R102"),
        (Parameter("kind", "what is wrong", "scale", ("scale", "sign", "overflow")), _FIELD), "a number that is summed",
    ),
    Anomaly(
        "A28", "a text cut at the width of its field", "record", "kept as it is in echoed fields", (),
        (Parameter("width", "characters that are left", 25), _FIELD), "a field of text",
    ),
    Anomaly(
        "A29", "capitals, and no accents", "record", "compared without case and accents; ours is not overwritten", (),
        (Parameter("kind", "what is lost", "both", ("both", "case", "accents")), _FIELD), "a field of text",
    ),
    Anomaly(
        "A30", "an answer to a request that nobody sent", "record", "R105, and a fallout case", ("R102", "R105"),
        (_FIELD,),
    ),
    Anomaly(
        "A31", "two different answers to one request", "answer", "the last wins if it is legal, else R110", ("R110",),
        (
            Parameter("answer", "the other answer, by its name", "refuse"),
            Parameter("order", "when it comes", "after", ("after", "before")),
        ),
    ),
    Anomaly("A32", "an answer that never comes", "answer", "a timer, then fallout; never silence"),
    Anomaly(
        "A33", "a test file sent to live", "file", "REJECTED G009 or G018, no number used",
        ("G001", "G009", "G018"),
        fits="a header with a mode",
    ),
    Anomaly(
        "A34", "the file of another partner", "file", "REJECTED G009", ("G001", "G009"),
        fits="a header or name with a sender",
    ),
    Anomaly(
        "A35", "a huge file, or a huge line", "file", "streamed within its time",
        ("G001", "G002", "G005", "G011", "G012", "G013", "R102", "R104"),
        (
            Parameter("kind", "what is huge", "rows", ("rows", "line")),
            Parameter("size", "records, or characters of the line", 1_000_000),
        ),
    ),
    Anomaly(
        "A36", "a file replaced while it is read", "transport", "hashed before and after, and read again", ("G003",),
    ),
    Anomaly(
        "A37", "an acknowledgement lost: the file comes again", "series", "DUPLICATE", ("G001", "G002", "G006"),
        (Parameter("name", "under which name it comes again", "same", ("same", "new")),),
    ),
    Anomaly(
        "A38", "a transfer that fails", "transport", "tried again with back-off; never half a file", (),
        (
            Parameter("kind", "what fails", "dropped", ("dropped", "permission", "quota", "host-key")),
            Parameter("times", "how often before it goes well", 1),
        ),
    ),
    Anomaly(
        "A39", "a partner's server answers late or with an error", "http",
        "only 400, 404, 501, 502 and 511 stop the delivery", (),
        (
            Parameter("status", "the HTTP status", 503, least=200),
            Parameter("times", "how often before it goes well", 1),
        ),
        "a partner over HTTP",
    ),
    Anomaly(
        "A40", "identities reused or missing, empty texts", "record", "the envelope is checked; each record by itself",
        ("R101", "R106"),
        (Parameter("kind", "what is wrong", "reused", ("reused", "missing", "empty")), _FIELD),
    ),
)  # fmt: skip
ANOMALIES: Mapping[str, Anomaly] = {anomaly.id: anomaly for anomaly in _TABLE}
