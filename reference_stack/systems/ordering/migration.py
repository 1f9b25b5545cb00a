"""The release step of COM's tables: a release renames a state of final orders, its roll-back gives it its name back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import TmfError, invalid
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_PRODUCT_ORDER, COM_STATE_HISTORY
from ringback.reference_stack.systems.ordering.documents import RENAMED
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_STEP = "ordering.release"
_STATES: tuple[tuple[Table, str], ...] = (
    (COM_PRODUCT_ORDER, "state"),
    (COM_ORDER_ITEM, "state"),
    (COM_STATE_HISTORY, "to_state"),
)


async def install(stack: Stack, request: Request) -> Response:
    """Takes ``{"action": "migrate" | "rollback"}`` of an administrator; answers how many values were renamed."""
    if not request.state.admin:
        raise TmfError(403, "forbidden", "only an administrator installs a release")
    action = text(await body_of(request), "action")
    if action not in ("migrate", "rollback"):
        raise invalid(f"action {action!r} is not known", "known: migrate, rollback")
    names = {old: new for new, old in RENAMED.items()} if action == "migrate" else dict(RENAMED)
    if action == "rollback" and stack.defects.on("D67"):
        names = {}
    with stack.db.begin() as tx:
        renamed = sum(_rename(tx, table, column, names) for table, column in _STATES)
    stack.remember(_STEP, action)
    return JSONResponse({"action": action, "renamed": renamed})


def _rename(tx: Connection, table: Table, column: str, names: dict[str, str]) -> int:
    """Renames values of a column; how many."""
    renaming = (update(table).where(table.c[column] == old).values({column: new}) for old, new in names.items())
    return sum(tx.execute(one).rowcount for one in renaming)
