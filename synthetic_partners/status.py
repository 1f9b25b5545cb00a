"""How the partners of a process are, for people and for programs: what each did, what waits, what comes next."""

from __future__ import annotations

from collections.abc import Mapping

from ringback.synthetic_partners.actor import PartnerActor

COUNTED = ("received", "sent", "acknowledged", "heard", "delivered", "answers")


def status_of(actor: PartnerActor) -> Mapping[str, object]:
    """One partner as JSON: `ailment` is empty when it can do its work, `next` are the due times of its feeds (UTC)."""
    counts = actor.journal.counts
    return {
        "ailment": actor.ailment,
        "url": actor.url,
        "mode": "mixture" if actor.settings.mixture else "instructed",
        "waiting": actor.waiting,
        "last": actor.journal.last,
        "counts": {name: counts.get(name, 0) for name in COUNTED},
        "next": {layout: f"{due:%Y-%m-%dT%H:%M:%SZ}" for layout, due in actor.next_files.items()},
    }


def line_of(name: str, status: Mapping[str, object]) -> str:
    """One line of a table: whether it is well, what it read and wrote, what waits, its next file."""
    counts, due = status.get("counts"), status.get("next")
    did = counts if isinstance(counts, Mapping) else {}
    coming = sorted((str(at), layout) for layout, at in due.items()) if isinstance(due, Mapping) else []
    words = [
        f"{did.get('received', 0) + did.get('heard', 0)} in",
        f"{did.get('sent', 0) + did.get('delivered', 0)} out",
    ]
    words += [f"{status.get('waiting')} waiting"]
    words += [f"next {coming[0][1]} {coming[0][0]}"] if coming else []
    words += [str(status["url"])] if status.get("url") else []
    return f"{name:<20} {'ailing' if status.get('ailment') else 'well':<7} {', '.join(words)}" + (
        f"\n{'':<20} {status['ailment']}" if status.get("ailment") else ""
    )
