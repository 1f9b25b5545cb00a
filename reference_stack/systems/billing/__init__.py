"""Billing (TMF678): charges from products, instalment plans, credits and bills on demand."""
