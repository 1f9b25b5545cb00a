"""The command line of the stack: up, down, status, defects, clock and contracts."""

from __future__ import annotations

import argparse
import errno
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ringback.reference_stack.defects import ANTI_PATTERNS, DEFECTS, UnknownDefect, members
from ringback.reference_stack.settings import DEFAULT_HOME, PROFILES, SFTP_SERVERS, Settings, home_secrets

_READY = "ready.json"
_START_S = 20.0
_STOP_S = 10.0
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    """A command that cannot be carried out; its text says what to do instead."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = options_of(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (Refused, UnknownDefect) as error:
        sys.stderr.write(f"ringback stack: {error}\n")
        return 2


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What a command line asks for; ends the process with exit code 2 when it cannot be understood."""
    return _parser().parse_args(arguments)


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")


def up(options: argparse.Namespace) -> int:
    """Starts a stack and waits until it answers; a stack that runs in this home already is left alone."""
    home: Path = options.home.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    ready_file: Path = options.ready_file or home / _READY
    for defect in _defects(options):
        members(defect)
    running = _running(home)
    if running is not None:
        _say(f"the stack runs already: {running['url']} (pid {running['pid']})")
        return 0
    ready_file.unlink(missing_ok=True)
    if options.sftp == "openssh":
        _need_openssh()
    return _foreground(options, home, ready_file) if options.foreground else _daemon(options, home, ready_file)


def _need_openssh() -> None:
    """Says before anything starts why OpenSSH cannot serve the partners here."""
    from ringback.reference_stack.gateway.openssh import openssh_problem

    problem = openssh_problem()
    if problem:
        raise Refused(problem)


def _foreground(options: argparse.Namespace, home: Path, ready_file: Path) -> int:
    from ringback.reference_stack.process import run

    settings = Settings(
        home=home,
        port=options.port,
        sftp_port=options.sftp_port,
        database=options.database,
        pace=options.pace,
        seed=options.seed,
        defects=_defects(options),
        profile=options.profile,
        sftp=options.sftp,
        smdp=options.smdp,
        secrets=home_secrets(home),
    )
    try:
        run(settings, ready_file)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Refused(f"{error.strerror}: choose other ports with --port and --sftp-port, or leave them out") from error
    return 0


def _daemon(options: argparse.Namespace, home: Path, ready_file: Path) -> int:
    """Starts the same command in the foreground of a process of its own and waits for its ready file."""
    command = [sys.executable, "-m", "ringback.reference_stack", "up", "--foreground", "--home", str(home)]
    command += ["--ready-file", str(ready_file), "--port", str(options.port), "--sftp-port", str(options.sftp_port)]
    command += ["--pace", str(options.pace), "--seed", str(options.seed), "--database", options.database]
    command += ["--profile", options.profile, "--sftp", options.sftp, "--smdp", options.smdp]
    command += [part for defect in _defects(options) for part in ("--defect", defect)]
    log = home / "stack.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  # this very program
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
        )
    if not _until(lambda: ready_file.exists() or process.poll() is not None, _START_S) or not ready_file.exists():
        process.terminate()
        raise Refused(f"the stack did not start within {_START_S:.0f} s; its log is {log}:\n{_tail(log)}")
    ready = json.loads(ready_file.read_text("utf-8"))
    _say(f"the stack is up: {ready['url']} (pid {ready['pid']}, log {log})")
    _say(f"care console: {ready['url']}/care (sign in as rep1 with the REP_PASSWORD of {ready_file})")
    return 0


def down(options: argparse.Namespace) -> int:
    """Ends the stack of this home, and only that process."""
    home = options.home.expanduser().resolve()
    running = _running(home)
    if running is None:
        _say(f"no stack runs in {home}")
        return 0
    pid = int(str(running["pid"]))
    os.kill(pid, signal.SIGTERM)
    if not _until(lambda: not _alive(pid), _STOP_S):
        raise Refused(f"the stack (pid {pid}) does not end; its log is {home / 'stack.log'}")
    _say(f"the stack is down (pid {pid})")
    return 0


def status(options: argparse.Namespace) -> int:
    """Says what runs in this home; exit code 1 when nothing does."""
    running = _running(options.home.expanduser().resolve())
    if running is None:
        _say("no stack runs here; start one with: ringback stack up")
        return 1
    answer = _ask(running, "GET", "/admin/status")
    _say(f"{running['url']} (pid {answer['pid']}, database {running['database']})")
    for name, state in answer["systems"].items():
        _say(f"  {name:<24} {state}")
    _say("defects on: " + (", ".join(answer["defects"]) or "none"))
    return 0


def defects(options: argparse.Namespace) -> int:
    """Lists the switchable defects, and which are on where a stack runs."""
    running = _running(options.home.expanduser().resolve())
    active = set(_ask(running, "GET", "/admin/status")["defects"]) if running else set()
    for defect in DEFECTS.values():
        state = "on " if defect.id in active else "off"
        _say(f"{defect.id}  {state}  {defect.system:<18} {defect.anti_pattern:<3}  {defect.description}")
    for name, description in ANTI_PATTERNS.items():
        _say(f"{name}  {', '.join(members(name))}: {description}")
    return 0


def clock(options: argparse.Namespace) -> int:
    """Shows the stack's clock or moves it forward."""
    running = _running(options.home.expanduser().resolve())
    if running is None:
        raise Refused("no stack runs here; start one with: ringback stack up")
    if options.duration:
        answer = _ask(running, "POST", "/admin/clock", {"advance": options.duration})
    else:
        answer = _ask(running, "GET", "/admin/clock")
    _say(f"{answer['now']} ({answer['offset_s']:.0f} s ahead of real time)")
    return 0


def contracts(options: argparse.Namespace) -> int:
    """Writes one OpenAPI document per TM Forum API."""
    from ringback.reference_stack.kernel.openapi import write_contracts
    from ringback.reference_stack.systems import all_systems

    for path in write_contracts(all_systems().values(), options.folder):
        _say(path)
    return 0


def _running(home: Path) -> dict[str, Any] | None:
    """The ready file of the home, if the process it names really is this home's stack and answers."""
    path = home / _READY
    if not path.exists():
        return None
    ready: dict[str, Any] = json.loads(path.read_text("utf-8"))
    try:
        return ready if _ask(ready, "GET", "/admin/status")["pid"] == ready["pid"] else None
    except Refused:
        return None


def _ask(ready: dict[str, Any], method: str, path: str, body: object = None) -> dict[str, Any]:
    """One request to the admin API of a running stack."""
    request = urllib.request.Request(  # noqa: S310  # the address is the stack's own, from its ready file
        f"{ready['url']}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {ready['secrets']['ADMIN_TOKEN']}", "content-type": "application/json"},
    )
    try:
        with _NO_PROXY.open(request, timeout=5.0) as response:
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        refusal = json.load(error)
        raise Refused(f"{refusal.get('reason')}; {refusal.get('message', '')}") from error
    except OSError as error:
        raise Refused(f"the stack at {ready['url']} does not answer: {error}") from error
    return answer


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true in time."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return True
        pause.wait(0.01)
    return condition()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])


def _defects(options: argparse.Namespace) -> tuple[str, ...]:
    named = [name for text in options.defect for name in text.split(",") if name]
    return tuple(dict.fromkeys(named))


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    return value if value > 0 else _refuse(f"{text!r} is not a pace; 1.0 is normal, 0.1 ten times as fast")


def _refuse(text: str) -> NoReturn:
    raise argparse.ArgumentTypeError(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("ringback stack", description="The reference OSS/BSS stack.")
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument("--home", type=Path, default=DEFAULT_HOME, help="folder of the stack (default %(default)s)")
    commands = parser.add_subparsers(required=True, metavar="command")
    start = commands.add_parser("up", parents=[home], help="start the stack", description=up.__doc__)
    start.set_defaults(command=up)
    start.add_argument("--port", type=int, default=0, help="HTTP port (default: a free one)")
    start.add_argument("--sftp-port", type=int, default=0, help="SFTP port (default: a free one)")
    start.add_argument("--database", default="", help="SQLAlchemy URL (default: SQLite in the home)")
    start.add_argument("--pace", type=_positive, default=1.0, help="factor on simulated durations (default 1.0)")
    start.add_argument("--defect", action="append", default=[], metavar="ID", help="a defect that is on, e.g. D05")
    start.add_argument("--seed", type=int, default=1, help="seed of the generated customers (default 1)")
    profile = "what clients are: 'conformance' takes orders that name nothing on sale (default: operator)"
    start.add_argument("--profile", choices=PROFILES, default=PROFILES[0], help=profile)
    sftp = "who serves the partners' folders: this process or OpenSSH (default: embedded)"
    start.add_argument("--sftp", choices=SFTP_SERVERS, default=SFTP_SERVERS[0], help=sftp)
    start.add_argument("--smdp", default="", metavar="URL", help="the SM-DP+ that eSIM profiles are ordered from")
    start.add_argument("--foreground", action="store_true", help="stay in the foreground")
    start.add_argument("--ready-file", type=Path, help="where to say that everything answers")
    for name, command, summary in (
        ("down", down, "end the stack of this home"),
        ("status", status, "say what runs"),
        ("defects", defects, "list the switchable defects"),
    ):
        simple = commands.add_parser(name, parents=[home], help=summary)
        simple.set_defaults(command=command)
    time = commands.add_parser("clock", help="show or move the stack's clock").add_subparsers(
        required=True, metavar="action"
    )
    show = time.add_parser("show", parents=[home], help="the stack's time")
    show.set_defaults(command=clock, duration="")
    advance = time.add_parser("advance", parents=[home], help="move it forward")
    advance.add_argument("duration", help="how far, e.g. 4h")
    advance.set_defaults(command=clock)
    write = commands.add_parser("contracts", help="write the API contracts", description=contracts.__doc__)
    write.set_defaults(command=contracts)
    write.add_argument("folder", type=Path)
    return parser
