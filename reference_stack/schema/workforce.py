"""Tables of workforce management (`wfm_`), after TMF646 and TMF697."""

from ringback.reference_stack.schema.columns import table

# Workforce, after TMF646 and TMF697
WFM_APPOINTMENT = table(
    "wfm_appointment", "id* order_id order_item_id status! starts_at ends_at tz address_id external_id"
)
WFM_WORK_ORDER = table(
    "wfm_work_order",
    "id* appointment_id order_id! service_order_item_id state! dispatched_at completed_at close_code "
    "ont_serial readiness",
)
