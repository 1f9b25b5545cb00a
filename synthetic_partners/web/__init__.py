"""Partners that are spoken to over HTTP: their listener, and the call-backs that they send."""
