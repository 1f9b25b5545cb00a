"""Task resources whose table holds the whole body: stored once their answer is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ringback.reference_stack.kernel.resource import Resource

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def store_document(stack: Stack, tx: Connection, resource: Resource, document: dict[str, object]) -> str:
    """Stores a finished task with its event; returns its id."""
    values = {"state": document["state"], "document": json.dumps(document), "created_at": stack.clock.stamp()}
    return resource.insert(stack, tx, values)
