"""Tables of workforce management (`wfm_`), after TMF646 and TMF697."""

from ringback.reference_stack.schema.columns import table

# A window of a customer: instants in UTC, the zone of the place beside them; `area` says whose crews it takes.
WFM_APPOINTMENT = table(
    "wfm_appointment",
    "id* order_id~ order_item_id~ status!~ starts_at~ ends_at tz! address_id external_id area~ category "
    "created_at! last_update! correlation_id",
)
WFM_SLOT_SEARCH = table("wfm_slot_search", "id* status! document! created_at! correlation_id")
WFM_WORK_ORDER = table(
    "wfm_work_order",
    "id* appointment_id~ order_id~ service_order_item_id~ state!~ dispatched_at completed_at close_code "
    "ont_serial readiness external_id~ product_order_item_id~ resource_order_item_id~ address_id equipment! "
    "equipment_po items! order_date! state_changed_at! correlation_id",
)
# One try to do the work of a work order: the job as the field force was last told of it, and how it ended.
WFM_VISIT = table(
    "wfm_visit",
    "id* work_order_id!~ visit#! version#! appointment_id!~ starts_at! ends_at! state!~ sent_at! closed_at close_code "
    "close_id technician ont_serial missed_at",
    unique=("work_order_id", "visit"),
)
WFM_CANCEL = table("wfm_cancel", "id* state! document! created_at! correlation_id")
