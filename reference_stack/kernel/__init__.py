"""What all systems share: the TM Forum wire rules, state machines, events and calls between systems."""
