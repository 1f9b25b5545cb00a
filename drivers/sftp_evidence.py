"""What a look at an SFTP folder gives to checks and to readers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from ringback.drivers.sftp_files import RemoteFile
from ringback.drivers.sftp_reading import Reading
from ringback.engine.evidence import ABSENT, Evidence, Exhibit

TABLE = "application/vnd.ringback.table+json"
SHOWN_FILES = 20
SHOWN_CHARACTERS = 200_000


def listing(system: str, verb: str, files: Sequence[RemoteFile]) -> Evidence:
    """Names, sizes and times: for `list` and `remove`."""
    values = {
        "count": len(files),
        "files": [_described(file) for file in files],
        "names": [file.name for file in files],
        "name": files[0].name if files else ABSENT,
    }
    rows = [[file.path, file.size, _time(file)] for file in files]
    exhibit = _table("files", ["path", "size", "modified"], rows)
    return Evidence("sftp", system, f"{verb} -> {_counted(len(files), 'file')}", values, (exhibit,))


def written(system: str, verb: str, file: RemoteFile, text: str) -> Evidence:
    """A file that was put."""
    values = {"count": 1, "name": file.name, "path": file.path, "size": file.size, "files": [_described(file)]}
    values["names"] = [file.name]
    return Evidence("sftp", system, f"{verb} -> {file.size:,} bytes", values, (_shown(file.name, text),))


def contents(
    system: str, verb: str, looked_at: Sequence[Reading], meant: Sequence[Reading], where: Mapping[str, str]
) -> Evidence:
    """Files that were read. With a layout `count` counts records, without one it counts files.

    `looked_at` is every file that matched the name, `meant` those that hold the records the step means: all of them
    without a `where`.
    """
    first = meant[0] if meant else None
    records = [dict(record) for each in meant for record in each.records]
    decoded = any(each.feed for each in looked_at)
    problems = [
        asdict(problem) | {"file": each.file.name} for each in meant if each.feed for problem in each.feed.problems
    ]
    values: dict[str, object] = {
        "count": len(records) if decoded else len(meant),
        "files": [_described(each.file) for each in meant],
        "names": [each.file.name for each in meant],
        "name": first.file.name if first else ABSENT,
        "text": first.text if first else ABSENT,
    }
    if decoded or where:
        values |= {
            "records": records,
            "record": records[0] if records else ABSENT,
            "header": dict(first.feed.header) if first and first.feed else ABSENT,
            "trailer": dict(first.feed.trailer) if first and first.feed else ABSENT,
            "problems": problems,
            "valid": not problems if first else ABSENT,
        }
    feeds = tuple(each.feed for each in meant if each.feed)
    summary = f"{verb} -> {_found(looked_at, len(records), where, decoded=decoded)}"
    return Evidence("sftp", system, summary, values, _exhibits(meant, records), contract=feeds)


def _found(looked_at: Sequence[Reading], records: int, where: Mapping[str, str], *, decoded: bool) -> str:
    files = _counted(len(looked_at), "file")
    if not decoded:
        return files
    if not where:
        return f"{files}, {_counted(records, 'record')}"
    everything = sum(len(each.feed.records) for each in looked_at if each.feed)
    condition = ", ".join(f"{name} {value}" for name, value in where.items())
    return f"{files}, {_counted(everything, 'record')}, {records or 'none'} with {condition}"


def _exhibits(meant: Sequence[Reading], records: Sequence[Mapping[str, str]]) -> tuple[Exhibit, ...]:
    shown = [_shown(each.file.name, each.text) for each in meant[:SHOWN_FILES]]
    if records:
        columns = list(dict.fromkeys(name for record in records for name in record))
        shown.append(_table("records", columns, [[record.get(name, "") for name in columns] for record in records]))
    return tuple(shown)


def _shown(name: str, text: str) -> Exhibit:
    cut = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}\n... {len(text):,} characters in all\n"
    return Exhibit(name, "text/plain", cut)


def _table(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Exhibit:
    return Exhibit(name, TABLE, json.dumps({"columns": list(columns), "rows": rows}, ensure_ascii=False))


def _described(file: RemoteFile) -> dict[str, object]:
    return {"name": file.name, "path": file.path, "size": file.size, "mtime": _time(file)}


def _time(file: RemoteFile) -> str:
    return f"{datetime.fromtimestamp(file.modified_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
