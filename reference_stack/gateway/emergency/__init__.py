"""Emergency calls: where the caller of a fixed number stands, told to the registry and confirmed by its return file."""
