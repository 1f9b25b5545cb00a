"""Bad manners of an HTTP partner that a journey may ask for: how it answers, and what its call-backs look like."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from ringback.engine.problems import BrokenTest
from ringback.synthetic_partners.web.messages import WebCall, WebReply

OPTION = "http"
CORRELATIONS = ("own", "reused", "missing")


@dataclass(frozen=True, slots=True)
class Manners:
    """What is wrong.

    Args:
        before: statuses answered one after the other before the right answer, `[503, 429]`.
        status: the status answered for good in place of the right answer, 202 or 400.
        late_s: seconds until any answer.
        correlation: ids of call-backs are `own`, `reused` (that of the call-back before) or `missing`.
        empty: optional members of call-backs come as empty texts instead of not at all.
        twice: each call-back comes twice, with the same id.
    """

    before: tuple[int, ...] = ()
    status: int = 0
    late_s: float = 0.0
    correlation: str = "own"
    empty: bool = False
    twice: bool = False


GOOD = Manners()
_KEYS = ("before", "status", "late", "correlation", "empty", "twice")


def manners_of(options: Mapping[str, object]) -> Manners:
    """What the option `http` of an answer says; BrokenTest for what it does not know."""
    given = options.get(OPTION)
    if given is None:
        return GOOD
    if not isinstance(given, Mapping) or not set(given) <= set(_KEYS):
        raise BrokenTest(f"`{OPTION}: {given!r}` cannot be read", f"it is a mapping of {', '.join(_KEYS)}")
    before = given.get("before", ())
    made = Manners(
        before=tuple(int(str(one)) for one in (before if isinstance(before, list | tuple) else [before])),
        status=int(str(given.get("status", 0))),
        late_s=float(str(given.get("late", 0))),
        correlation=str(given.get("correlation", "own")),
        empty=bool(given.get("empty", False)),
        twice=bool(given.get("twice", False)),
    )
    if made.correlation not in CORRELATIONS:
        raise BrokenTest(f"correlation {made.correlation!r} is unknown", f"it is one of {', '.join(CORRELATIONS)}")
    return made


@dataclass(slots=True)
class Etiquette:
    """Applies manners; remembers how often a caller was put off, and which id went out last."""

    tries: dict[str, int] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def put_off(self, manners: Manners, key: str) -> WebReply | None:
        """The answer that stands for the right one at this try; None when it is time for the right one."""
        with self.lock:
            tried = self.tries[key] = self.tries.get(key, 0) + 1
        if tried > len(manners.before):
            return (
                WebReply(manners.status, {"message": "as asked for"}, after_s=manners.late_s)
                if manners.status
                else None
            )
        status = manners.before[tried - 1]
        pause = {"Retry-After": "1"} if status == 429 else {}
        return WebReply(status, {"message": f"try {tried}: not now"}, pause, after_s=manners.late_s)

    def calls(
        self, manners: Manners, call: WebCall, *, identity: str, optional: tuple[str, ...] = ()
    ) -> tuple[WebCall, ...]:
        """A call-back as these manners have it.

        `identity` is the path of the member that holds its id, `header.id`; the members `optional` may be left out.
        """
        body: dict[str, Any] = copy.deepcopy(dict(call.body))
        *above, name = identity.split(".")
        place = body
        for part in above:
            place = place[part]
        own = str(place.get(name, ""))
        if manners.correlation == "missing":
            place.pop(name, None)
        elif manners.correlation == "reused":
            place[name] = self.last.get(call.url, own)
        if manners.empty:
            body |= {name: "" for name in optional if name not in body}
        self.last[call.url] = own
        changed = replace(call, body=body)
        return (changed, changed) if manners.twice else (changed,)
