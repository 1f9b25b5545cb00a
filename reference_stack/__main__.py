"""Entry point of ``python -m ringback.reference_stack``."""

from ringback.reference_stack.main import main

if __name__ == "__main__":
    raise SystemExit(main())
