"""Groups of commands that are imported only when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

import click

from ringback.engine.excerpt import advice

Table = Mapping[str, tuple[str, str, str]]  # name: (module, object, one line of help)


class LazyGroup(click.Group):
    """A group whose commands stand in a table, with their help, so that `--help` imports nothing."""

    def __init__(self, *args: Any, table: Table, **more: Any) -> None:
        super().__init__(*args, **more)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command's own module, imported now."""
        del ctx
        if cmd_name not in self._table:
            return None
        module, name, _ = self._table[cmd_name]
        return cast("click.Command", getattr(import_module(module), name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest command for an unknown one."""
        if args and args[0] not in self._table and not args[0].startswith("-"):
            message = f"no command is called {args[0]!r}; {advice(args[0], self._table)}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table's own lines, so that nothing is imported."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, _, says) in self._table.items()])
