"""Files of production size: written and checked in columns and chunks, with flat memory."""
