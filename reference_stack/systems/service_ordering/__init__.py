"""Service order management (TMF641): one product order becomes services, and their resources are ordered."""
