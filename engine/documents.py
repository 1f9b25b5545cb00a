"""Reading a YAML file whose root is a mapping: policy files, rules files, environment files."""

from __future__ import annotations

from pathlib import Path

from ringback.engine.nodes import MappingNode
from ringback.engine.problems import InvalidFile, Problem, UsageError
from ringback.engine.source import Source
from ringback.engine.yaml_reader import read_yaml


def read_mapping(path: Path) -> MappingNode:
    """The root of a YAML file.

    Raises UsageError when the file is not there, InvalidFile with every problem of its YAML.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist", "check the name, or the folder you are in")
    root, problems = read_yaml(path.read_text("utf-8"), str(path))
    if problems:
        raise InvalidFile(problems)
    if not isinstance(root, MappingNode):
        raise InvalidFile((Problem(Source(str(path), 1, 1), "the file must be a mapping", "write `key: value` lines"),))
    return root
