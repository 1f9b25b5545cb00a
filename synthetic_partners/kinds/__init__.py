"""The kinds of partners that come with Ringback, one module each; packages add theirs by entry points."""
