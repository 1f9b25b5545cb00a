"""Puts an anomaly into a good file, or says which deliveries it makes of it."""

from __future__ import annotations

from collections.abc import Mapping

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.anomalies.asking import Asked, asked
from ringback.synthetic_partners.anomalies.files import FILE_CHANGES
from ringback.synthetic_partners.anomalies.records import RECORD_CHANGES
from ringback.synthetic_partners.anomalies.series import Delivery, planned
from ringback.synthetic_partners.anomalies.surgery import patient
from ringback.synthetic_partners.generate import GeneratedFile
from ringback.synthetic_partners.layout import FeedLayout

# Of a series, the delivery that is the anomaly when one file is all that is wanted.
_SHOWN: Mapping[str, int] = {"A02": 0, "A03": 1, "A04": 1, "A05": 1, "A06": 0, "A07": 0, "A18": 0, "A19": 0, "A25": 0,
                             "A37": 1}  # fmt: skip


def inject(
    made: GeneratedFile, layout: FeedLayout, anomaly: str | Asked, parameters: Mapping[str, object] | None = None
) -> GeneratedFile:
    """One file with an anomaly in it.

    Args:
        made: a good file.
        layout: its layout, of any family.
        anomaly: `A09`, `A09:+2`, `A13:kind=latin-1`, or what `asked` answered.
        parameters: the anomaly's parameters by name.

    Raises:
        UsageError: the anomaly or a parameter is unknown, does not fit the layout, or is no matter of one file.
    """
    wanted = _asked(anomaly, parameters)
    change = FILE_CHANGES.get(wanted.id) or RECORD_CHANGES.get(wanted.id)
    if change is not None:
        return change(patient(made, layout), wanted)
    if wanted.id in _SHOWN:
        shown = planned(patient(made, layout), wanted)[_SHOWN[wanted.id]]
        return GeneratedFile(shown.name, shown.content)
    said = f"{wanted.id} ({wanted.anomaly.says}) is no matter of one file"
    raise UsageError(said, "let a partner play it: `anomaly:` in the environment or in a journey")


def deliveries(
    made: GeneratedFile, layout: FeedLayout, anomaly: str | Asked, parameters: Mapping[str, object] | None = None
) -> tuple[Delivery, ...]:
    """The deliveries that an anomaly makes of a good file, in order; UsageError when it does not fit the layout."""
    wanted = _asked(anomaly, parameters)
    # Two versions of one request cannot stand in one good file; in two files they can.
    return planned(patient(made, layout, whole=wanted.anomaly.kind == "series"), wanted)


def _asked(anomaly: str | Asked, parameters: Mapping[str, object] | None) -> Asked:
    if isinstance(anomaly, Asked):
        return anomaly
    return asked({anomaly: parameters}) if parameters else asked(anomaly)
