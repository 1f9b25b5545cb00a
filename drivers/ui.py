"""The `ui` driver: a person at a browser, in the words that stand on the page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ringback.drivers import ui_evidence, ui_words
from ringback.drivers.api_request import as_text
from ringback.drivers.steps import named_template, nearest, place_of
from ringback.drivers.ui_browser import BrowserActor
from ringback.drivers.ui_deeds import LOOKING, VERBS, Deed, Doing
from ringback.drivers.ui_pages import OpenPage
from ringback.drivers.ui_sessions import UiSessions
from ringback.drivers.ui_settings import UiSettings, ui_settings
from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.paths import split_path
from ringback.engine.problems import BrokenTest, NotOffered, RingbackError, Unavailable, UsageError
from ringback.engine.protocols import Action, Block, Call, Pace, Template
from ringback.engine.redaction import mask_of
from ringback.engine.source import Source

if TYPE_CHECKING:
    from ringback.engine.environment import Environment
    from ringback.engine.services import Services

T = TypeVar("T")
SLOTS = 2  # journeys that work in the browser at once; measured best on two cores
SLOT_S = 120.0  # to wait for one of them, which is no time of the product
HTTP_ERROR = 400
SPARE_S = 15.0  # beyond a step's own limit, to come back with a message instead of a broken-off call
PAGES = Pace(0.05, 1.0, 0.1)


@dataclass(frozen=True, slots=True)
class UiDetail:
    """Who does what; `questions` are what the step's paths ask of the page at the end."""

    role: str = ""
    deeds: tuple[Deed, ...] = ()
    questions: tuple[ui_words.Question, ...] = ()

    @property
    def only_looks(self) -> bool:
        """Whether another attempt may do everything again."""
        return all(deed.verb in LOOKING for deed in self.deeds)


class UiDriver:
    """Pages of the systems that the environment file names, in one browser for the whole process."""

    name = "ui"
    keys: Mapping[str, str] = {
        "ui": "the system whose pages are used",
        "as": "the role that sits at the browser; it is signed in by itself",
        "do": "what the person does, one after the other: open, fill, choose, check, press, click, read",
    }

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        self._environment = environment
        self._services = services
        self._settings: dict[str, UiSettings] = {}
        self._actor = BrowserActor(headed=bool(services and services.headed), slots=SLOTS)
        self._sessions = UiSessions(self._actor, services.redactor) if services else None
        self._used = threading.Event()  # a run without browser steps starts none, not even to close it

    def parse(self, block: Block) -> Action:
        """Read a step: its role, its deeds, and what its paths ask of the page."""
        system = block.text("ui", required=True) or ""
        role = block.text("as") or ""
        _check_role(block, system, role)
        deeds, arguments = _deeds(block)
        names = _read_names(block)
        _check_probes(block, names)
        return Action(
            kind=self.name,
            system=system,
            verb=_verb(deeds, block),
            arguments=arguments,
            source=block.step.key_source("ui"),
            detail=UiDetail(role, deeds, ui_words.questions(each for each in block.probes if each not in names)),
            gives=(*names, *ui_words.NAMED, *ui_words.BARE),
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """Do the deeds once per step, then read the page; another attempt only looks again."""
        settings = self._settings_of(action.system)
        detail = action.detail if isinstance(action.detail, UiDetail) else _probe_detail(call)
        return self._run(lambda: self._work(settings, action, detail, call), call.timeout_s + SLOT_S + SPARE_S)

    def pace(self, action: Action) -> Pace:
        """A page is loaded again after a tenth of the time waited so far."""
        return PAGES

    def examine(self, action: Action, call: Call) -> tuple[Exhibit, ...]:
        """What the page showed when the step failed."""
        detail = action.detail if isinstance(action.detail, UiDetail) else UiDetail()
        if not self._used.is_set() or self._sessions is None:
            return ()
        opened = self._sessions.known(call.session, action.system, detail.role)
        return self._run(lambda: ui_evidence.exhibits_of(opened), SPARE_S * 2) if opened else ()

    def release(self, session: str, *, failed: bool) -> tuple[Exhibit, ...]:
        """Close a journey's pages; a failed one leaves its traces, without secrets."""
        sessions, services = self._sessions, self._services
        if not self._used.is_set() or sessions is None or services is None:
            return ()
        keep = failed or services.trace
        traces = self._run(lambda: sessions.take_back(session, keep_trace=keep), SPARE_S * 4)
        return tuple(
            Exhibit(name, "application/zip", ui_evidence.clean_trace(trace, opened.short_secrets, services.redactor))
            for name, trace, opened in traces
        )

    def close(self) -> None:
        """Close the browser."""
        self._actor.close()
        if self._sessions is not None:
            self._sessions.forget()
        self._used.clear()

    def _run(self, work: Callable[[], Coroutine[object, object, T]], limit_s: float) -> T:
        self._used.set()
        return self._actor.run(work, limit_s)

    async def _work(self, settings: UiSettings, action: Action, detail: UiDetail, call: Call) -> Evidence:
        sessions, services = self._sessions, self._services
        if sessions is None or services is None:
            raise UsageError("a browser step needs a run around it", "run through `ringback run` or pytest")
        slot = self._actor.slot()
        try:
            await asyncio.wait_for(slot.acquire(), SLOT_S)
        except TimeoutError as error:
            what = f"no free place in the browser within {SLOT_S:.0f} s"
            raise Unavailable("browser", what, "run fewer journeys at once") from error
        try:
            opened = await sessions.page(settings, call.session, detail.role, call.timeout_s)
            desk = _Desk(sessions, Doing(opened, services.project, call.timeout_s), detail, call)
            values = await desk.work()
            values |= await ui_words.look(opened.page, detail.questions, opened.status)
            lost = await ui_words.missing(opened.page, detail.questions, values)
        finally:
            slot.release()
        return replace(_evidence(action, detail, call, opened, values), lost=lost)

    def _settings_of(self, system: str) -> UiSettings:
        if system not in self._settings:
            if self._environment is None:
                raise UsageError(f"no environment says where {system!r} is", "run with --env")
            self._settings[system] = ui_settings(system, self._environment.system(system))
        return self._settings[system]


@dataclass(frozen=True, slots=True)
class _Desk:
    """One attempt of one step, at one open page."""

    sessions: UiSessions
    doing: Doing
    detail: UiDetail
    call: Call

    async def work(self) -> dict[str, object]:
        """Do what is to be done in this attempt; the values of all `read`s come back."""
        opened, step = self.doing.page, self.call.step
        if self.call.attempt > 1 and step in opened.acted:
            if step not in opened.finished:
                what = f"step {step} broke off in the middle and is not done twice"
                raise BrokenTest(what, "look at its first attempt")
            return dict(opened.read.get(step, {}))
        opened.acted.discard(step)
        opened.finished.discard(step)
        opened.read[step] = await self._do(opened, step)
        opened.finished.add(step)
        return dict(opened.read[step])

    async def _do(self, opened: OpenPage, step: str) -> dict[str, object]:
        values: dict[str, object] = {}
        for deed in self.detail.deeds:
            wanted = self.call.arguments[deed.key]
            if deed.verb not in LOOKING:
                opened.acted.add(step)
            try:
                if deed.verb == "open":
                    await self.sessions.open(opened, self.detail.role, as_text(wanted), self.doing.limit_s)
                else:
                    values |= await self.doing.carry_out(deed.verb, wanted)
            except (BrokenTest, NotOffered) as error:
                if error.problem.source.line:
                    raise
                raise type(error)(_with_status(error, opened), error.problem.hint, deed.source) from error
        if opened.page.url == "about:blank":
            raise BrokenTest(f"step {step}: no page is open yet", "begin with `do: [{open: /...}]`")
        return values


def _with_status(error: RingbackError, opened: OpenPage) -> str:
    """What is wrong, and that the page is an error page where it is one."""
    status = opened.status or 0
    answered = f" (the page answered {status})" if status >= HTTP_ERROR else ""
    return f"{error.problem.what}{answered}"


def _check_role(block: Block, system: str, role: str) -> None:
    roles = (block.system_settings(system) or {}).get("roles")
    if not role or not isinstance(roles, Mapping) or role in roles:
        return
    hint = nearest(role, roles) or f"the environment has: {', '.join(roles)}"
    block.problem(block.step.key_source("as"), f"{system} has no role {role!r}", hint)


def _deeds(block: Block) -> tuple[tuple[Deed, ...], dict[str, Template]]:
    node = block.step.get("do")
    if node is None:
        return (), {}
    if not isinstance(node, SequenceNode):
        block.problem(node.source, "do is a list", "write `do:` and below it `- open: /...`, `- click: ...`")
        return (), {}
    deeds: list[Deed] = []
    arguments: dict[str, Template] = {}
    for item in node.items:
        if not isinstance(item, MappingNode):
            block.problem(item.source, "each thing to do is `verb: what`", f"the verbs are {', '.join(VERBS)}")
            continue
        for name, wanted in item.entries:
            if name.text not in VERBS:
                block.unknown_key(item, name.text, VERBS)
                continue
            key = f"do.{len(deeds)}"
            deeds.append(Deed(name.text, key, name.source))
            arguments[key] = named_template(block, wanted)
            _check_wanted(block, name.text, wanted)
    return tuple(deeds), arguments


def _check_wanted(block: Block, verb: str, wanted: Node) -> None:
    is_expression = isinstance(wanted, ScalarNode) and wanted.text.startswith("$")
    if verb in ("fill", "choose", "upload", "read") and not isinstance(wanted, MappingNode) and not is_expression:
        block.problem(wanted.source, f"{verb} needs names and values", f"write `{verb}: {VERBS[verb]}`")
    if verb == "open" and not isinstance(wanted, ScalarNode):
        block.problem(wanted.source, "open takes one path", "write `open: /customers`")
    if verb == "read" and isinstance(wanted, MappingNode):
        for _, asked in wanted.entries:
            if isinstance(asked, ScalarNode) and not asked.text.startswith("$"):
                _check_question(block, asked.text, asked.source)


def _read_names(block: Block) -> tuple[str, ...]:
    node = block.step.get("do")
    items = node.items if isinstance(node, SequenceNode) else ()
    reads = [item.get("read") for item in items if isinstance(item, MappingNode)]
    return tuple(name.text for read in reads if isinstance(read, MappingNode) for name, _ in read.entries)


def _check_probes(block: Block, names: tuple[str, ...]) -> None:
    """Every path of the step asks the page something, or is the name of a `read`."""
    for path in block.probes:
        if split_path(path)[0] not in names and path not in names:
            _check_question(block, path, place_of(block, path), names)


def _check_question(block: Block, path: str, source: Source, names: tuple[str, ...] = ()) -> None:
    if ui_words.question(path) is not None:
        return
    first = split_path(path)[0]
    word, bracket, rest = first.partition("(")
    near = nearest(word, (*ui_words.NAMED, *ui_words.BARE, *names))
    hint = near + (f" ({near[13:-1]}{bracket}{rest})" if near and bracket else "")
    asked = ", ".join([*(f"{each}(...)" for each in ui_words.NAMED), *ui_words.BARE])
    block.problem(source, f"{first} asks nothing of a page", hint or f"a page answers {asked}")


def _verb(deeds: tuple[Deed, ...], block: Block) -> str:
    """The page that is opened, or the last thing clicked: what the step is about."""
    node = block.step.get("do")
    for item in reversed(node.items) if isinstance(node, SequenceNode) else ():
        for verb in ("click", "open"):
            wanted = item.get(verb) if isinstance(item, MappingNode) else None
            if isinstance(wanted, ScalarNode):
                return f"{verb} {wanted.text}"
    return deeds[-1].verb if deeds else "look"


def _probe_detail(call: Call) -> UiDetail:
    return UiDetail(str(call.arguments.get("as", "")), questions=ui_words.questions(call.probes))


def _evidence(action: Action, detail: UiDetail, call: Call, opened: OpenPage, values: dict[str, object]) -> Evidence:
    place = opened.page.url.removeprefix(opened.settings.url) or "/"
    who = f"{detail.role}: " if detail.role else ""
    return Evidence(
        kind="ui",
        system=action.system,
        summary=f"{who}{_did(action, detail, call)} -> {place}",
        values=values,
        exhibits=(Exhibit("deeds", "text/plain", _told(detail, call, opened)),) if detail.deeds else (),
    )


def _did(action: Action, detail: UiDetail, call: Call) -> str:
    """The action's verb with what its expressions came to."""
    word, _, written = action.verb.partition(" ")
    deed = next((deed for deed in reversed(detail.deeds) if deed.verb == word), None)
    if deed is None or "$" not in written:
        return action.verb
    wanted = call.arguments[deed.key]
    return action.verb if isinstance(wanted, Mapping | list | tuple) else f"{word} {as_text(wanted)}"


def _told(detail: UiDetail, call: Call, opened: OpenPage) -> str:
    """What the person did, line by line; what goes into a hidden field is not told."""
    lines: list[str] = []
    for deed in detail.deeds:
        wanted = call.arguments[deed.key]
        if not isinstance(wanted, Mapping):
            lines.append(f"{deed.verb} {wanted if isinstance(wanted, str) else as_text(wanted)}")
            continue
        for name, value in wanted.items():
            shown = mask_of(str(name)) if opened.redactor.is_field(str(name)) else as_text(value)
            lines.append(f"{deed.verb} {name}: {shown}")
    return "\n".join([*lines, "", f"page: {opened.page.url}"]) + "\n"
