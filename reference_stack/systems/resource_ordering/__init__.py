"""Resource order management (TMF652): reserves resources and lets each controller provide its part, in order."""
