"""Tables of the stack's own running: clock, stopped systems, deliveries that a test loses on purpose."""

from ringback.reference_stack.schema.columns import table

STK_SETTING = table("stk_setting", "name* value!")
STK_DROP = table("stk_drop", "id#* event_type! subscriber! correlation_id remaining#!")
TMF_PLAIN = table("tmf_plain", "resource* id* document!")
