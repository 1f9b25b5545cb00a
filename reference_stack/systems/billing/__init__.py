"""Billing (TMF678): charges from products, instalment plans, credits and bills on demand."""

from ringback.reference_stack.kernel.system import System

SYSTEM = System(id="billing", prefix="bil_", base="/tmf-api/customerBillManagement/v4")
