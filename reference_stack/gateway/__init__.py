"""The partner gateway: files in and out, their sequences, acknowledgements and records."""
