"""The controller of physical and packet devices."""
