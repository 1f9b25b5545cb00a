"""What documents of several systems share: tasks stored once their answer is known, the date of the last change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ringback.reference_stack.kernel.resource import Patch, Resource

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def store_document(stack: Stack, tx: Connection, resource: Resource, document: dict[str, object]) -> str:
    """Stores a finished task with its event; returns its id."""
    values = {"state": document["state"], "document": json.dumps(document), "created_at": stack.clock.stamp()}
    return resource.insert(stack, tx, values)


def touched(attribute: str) -> Patch:
    """A hook that dates each change of a resource in one of its attributes."""

    async def touch(stack: Stack, _before: dict[str, object], changes: dict[str, object]) -> None:
        changes[attribute] = stack.clock.stamp()

    return touch
