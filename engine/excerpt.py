"""Shows problems to people: place, excerpt with a caret, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from ringback.engine.problems import Problem
from ringback.engine.source import NOWHERE

WIDTH = 150


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that `name` was probably meant to be, or ""."""
    names = [candidate for candidate in known if candidate != name]
    folded = {candidate.casefold().replace("-", "_"): candidate for candidate in reversed(names)}
    asked = name.casefold().replace("-", "_")
    if asked in folded:
        return folded[asked]
    found = [candidate for candidate in folded if asked[:1] == candidate[:1] and _one_apart(asked, candidate)]
    found = found or get_close_matches(asked, folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def _one_apart(left: str, right: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two are swapped: what difflib does not see in short names."""
    shorter, longer = sorted((left, right), key=len)
    if len(longer) == len(shorter) + 1:
        return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
    wrong = [at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]]
    swapped = len(wrong) == 2 and left[wrong[0]] == right[wrong[1]] and left[wrong[1]] == right[wrong[0]]
    return len(longer) == len(shorter) and (len(wrong) == 1 or swapped)


def advice(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean ...?`, or the names there are (at most 12), or `otherwise` when there are none."""
    names = sorted(set(known))
    meant = nearest(name, names)
    if meant:
        return f"did you mean {meant!r}?"
    if not names:
        return otherwise
    shown = ", ".join(names[:12])
    return f"known here: {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def render(problem: Problem, lines: Sequence[str] | None) -> str:
    """One problem as text: `file:line:column: what`, the line with a caret under the place, and the mend."""
    source = problem.source
    place = f"{source}: " if source is not NOWHERE else ""
    parts = [f"{place}{problem.what}"]
    if lines is not None and 0 < source.line <= len(lines):
        parts += _excerpt(lines[source.line - 1], source.line, source.column)
    if problem.hint:
        parts.append(f"  mend: {problem.hint}")
    return "\n".join(parts)


def _excerpt(line: str, number: int, column: int) -> list[str]:
    """The line (a window of it when it is long) and a caret under the column."""
    start = max(0, column - 1 - WIDTH // 2) if len(line) > WIDTH else 0
    shown = line[start : start + WIDTH].replace("\t", " ")
    gutter = f"{number:>5} | "
    return [f"{gutter}{shown}", " " * (len(gutter) - 2) + "| " + " " * (column - 1 - start) + "^"]


def render_all(problems: Iterable[Problem], lines_of: Callable[[str], Sequence[str] | None]) -> str:
    """All problems, an empty line between them; `lines_of` gives a file's lines."""
    return "\n\n".join(render(problem, lines_of(problem.source.file)) for problem in problems)


def lines_from(project: Path) -> Callable[[str], Sequence[str] | None]:
    """Reads the lines of files below `project`, each once."""
    kept: dict[str, Sequence[str] | None] = {}

    def lines_of(file: str) -> Sequence[str] | None:
        if file not in kept:
            try:
                kept[file] = (project / file).read_text("utf-8", "replace").splitlines() if file else None
            except OSError:
                kept[file] = None
        return kept[file]

    return lines_of
