"""Tables of assurance (`tt_`, `asr_`), fallout (`flt_`) and the event bus (`evt_`)."""

from ringback.reference_stack.schema.columns import table

# Assurance, fallout, events
TT_TICKET = table(
    "tt_ticket",
    "id* customer_id entity_type entity_id ticket_type severity status! created_at! resolved_at closed_at",
)
ASR_ALARM = table("asr_alarm", "id* resource_id perceived_severity state! raised_at! cleared_at")
ASR_PROBLEM = table("asr_problem", "id* status! root_resource_id affected_services# created_at!")
ASR_PROBLEM_SERVICE = table("asr_problem_service", "problem_id* service_id*")
FLT_CASE = table(
    "flt_case",
    "id* order_id~ system! code! owner root_cause status! opened_at! sla_due closed_at release_id detail "
    "correlation_id",
)
FLT_TIMER = table("flt_timer", "id* code! order_id~ system! due_at! detail correlation_id")
EVT_EVENT = table(
    "evt_event",
    "event_id* event_type! event_time! correlation_id~ domain resource_type! resource_id! seq#! state payload!",
    unique=("resource_type", "resource_id", "seq"),
)
EVT_DELIVERY = table("evt_delivery", "event_id* subscriber* status!~ attempts#!=0 delivered_at last_error")
EVT_HUB = table("evt_hub", "id* base! callback! query created_at! parked_at")
TMF_EXTENSION = table("tmf_extension", "resource* id* document!")
