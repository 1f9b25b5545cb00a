"""What resource ordering asks of the other systems for fixed lines: technician, partner's line, emergency record."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import RowMapping

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.systems.reading import Document, text
from ringback.reference_stack.systems.resource_ordering.records import SERVICE, asked, done, set_values

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


class Item(Protocol):
    """A resource item with everything known of it."""

    @property
    def row(self) -> RowMapping: ...  # noqa: D102
    @property
    def values(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def spec(self) -> str: ...  # noqa: D102


class Order(Protocol):
    """A resource order with all its items."""

    @property
    def items(self) -> tuple[Item, ...]: ...  # noqa: D102
