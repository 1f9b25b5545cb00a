"""`python -m ringback.synthetic_partners up --config CONFIG.json --ready-file PATH [--seed N]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ringback.engine.problems import RingbackError, UsageError
from ringback.synthetic_partners.process import serve


def main(arguments: list[str] | None = None) -> int:
    """Run the partners; 2 when the call or the configuration is wrong, 4 when they cannot start."""
    parser = argparse.ArgumentParser(prog="ringback.synthetic_partners", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the partners and work until stopped")
    up.add_argument("--config", type=Path, required=True, help="the partners: accounts, behaviours, clock (JSON)")
    up.add_argument("--ready-file", type=Path, required=True, help="written when the desk answers: pid, url, token")
    up.add_argument("--seed", type=int, default=1, help="same seed, same answers (default 1)")
    given = parser.parse_args(arguments)
    try:
        serve(given.config, given.ready_file, given.seed)
    except UsageError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except RingbackError as broken:
        sys.stderr.write(f"{broken}\n")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
