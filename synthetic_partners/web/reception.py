"""Where an HTTP partner is met: opens its listener when it has an address, and turns every fault into an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.behaviour import FrontDesk
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.outbox import Note
from ringback.synthetic_partners.web.listener import Hear, Listener, place_of
from ringback.synthetic_partners.web.messages import WebReply, WebRequest

FAULT = WebReply(500, {"message": "the partner cannot answer; its log says why"})


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the environment says of a partner's HTTP side.

    Args:
        listen: `127.0.0.1:8443`, port 0 for a free one; empty for a partner that does not listen.
        tls: whether it speaks HTTPS, with a certificate of its own making or with `certificate` and `key` (PEM files).
        ca_file: who vouches for the operator's certificate at call-backs; None for the machine's own list.
    """

    listen: str = ""
    tls: bool = False
    certificate: str = ""
    key: str = ""
    ca_file: str | None = None


NO_WEB = WebSettings()


def not_spoken_to(request: WebRequest, desk: FrontDesk) -> WebReply:
    """The answer of a kind that nobody speaks to over HTTP."""
    del desk
    return WebReply(404, {"message": f"nobody answers {request.path} here"})


class Reception:
    """The listener of one partner; a partner without an address has none."""

    def __init__(
        self,
        partner: str,
        settings: WebSettings,
        hear: Hear,
        clock: EnvironmentClock,
        note: Note,
        state: Path | None,
    ) -> None:
        self._answer = hear
        self._note = note
        self._listener: Listener | None = None
        if settings.listen:
            place = place_of(settings.listen)
            if settings.tls:
                certificate, key = _certificate(partner, settings, place.host, state)
                place = replace(place, certificate=certificate, key=key)
            self._listener = Listener(place, self._hear, clock.now)

    @property
    def url(self) -> str:
        """Where it listens; empty while it does not."""
        return self._listener.url if self._listener else ""

    def open(self) -> None:
        """Listen, if there is where; LinkDown when the port is not to be had."""
        if self._listener is not None:
            self._listener.start()

    def close(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._listener.stop()

    def _hear(self, request: WebRequest) -> WebReply:
        try:
            reply = self._answer(request)
        except Exception as error:  # noqa: BLE001 - the plugin boundary: a carrier's own kind of partner
            self._note("ailment", f"cannot answer {request.method} {request.path}: {type(error).__name__}: {error}")
            return FAULT
        self._note("heard", f"{request.method} {request.path}", status=str(reply.status))
        return reply


def _certificate(partner: str, settings: WebSettings, host: str, state: Path | None) -> tuple[Path, Path]:
    if settings.certificate:
        return Path(settings.certificate), Path(settings.key or settings.certificate)
    if state is None:
        raise UsageError(
            f"{partner}: there is no folder for its certificate", "give `certificate` and `key`, or `state`"
        )
    from ringback.synthetic_partners.web.certificate import own_certificate  # cryptography, only where TLS is asked for

    return own_certificate(state, partner, host)
