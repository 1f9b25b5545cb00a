"""The controller of virtual functions and network services."""
