"""Finds the route of a request by its segments: with hundreds of routes, trying one after another costs too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send


@dataclass(slots=True)
class _Node:
    """What may follow after some segments of a path."""

    fixed: dict[str, _Node] = field(default_factory=dict)
    named: dict[str, _Node] = field(default_factory=dict)
    ends: dict[str, Route] = field(default_factory=dict)


class Directory(Router):
    """A router that looks routes up; what it does not find it leaves to Starlette's: unknown paths, other methods.

    Args:
        routes: the routes; a path segment is fixed, or the name of a parameter in braces.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        super().__init__(routes=routes)
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.path.split("/"):
            if ":" in segment or (segment.count("{") and not segment.startswith("{")):
                return  # a converter, or text beside a parameter: left to the framework
            branch = node.named if segment.startswith("{") else node.fixed
            node = branch.setdefault(segment.strip("{}"), _Node())
        for method in route.methods or ():
            node.ends.setdefault(method, route)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        found = _find(self._root, scope["path"].split("/"), 0, scope["method"]) if scope["type"] == "http" else None
        if found is None:
            await super().app(scope, receive, send)
            return
        route, parameters = found
        scope.update(router=self, endpoint=route.endpoint, path_params=parameters)
        await route.app(scope, receive, send)


def _find(node: _Node, path: list[str], at: int, method: str) -> tuple[Route, Mapping[str, str]] | None:
    """The route of the rest of a path; fixed words come before parameters."""
    if at == len(path):
        route = node.ends.get(method)
        return (route, {}) if route else None
    following = node.fixed.get(path[at])
    found = _find(following, path, at + 1, method) if following else None
    if found or not path[at]:
        return found
    for name, branch in node.named.items():
        found = _find(branch, path, at + 1, method)
        if found:
            return found[0], {**found[1], name: path[at]}
    return None
