"""Wholesale access: orders to the supplier of the line, and its progress messages by file and by HTTP call-back."""
