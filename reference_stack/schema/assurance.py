"""Tables of assurance (`tt_`, `asr_`), fallout (`flt_`) and the event bus (`evt_`)."""

from ringback.reference_stack.schema.columns import table

# Assurance, fallout, events
TT_TICKET = table(
    "tt_ticket",
    "id* customer_id~ entity_type entity_id~ ticket_type severity status!~ created_at! resolved_at closed_at "
    "external_id~ priority problem_id~ state_changed_at correlation_id",
)
ASR_ALARM = table(
    "asr_alarm",
    "id* resource_id~ perceived_severity state!~ raised_at! cleared_at ack_state problem_id~ correlation_id",
)
ASR_PROBLEM = table(
    "asr_problem",
    "id* status!~ root_resource_id~ affected_services# created_at! priority# resolved_at analysed_at "
    "state_changed_at correlation_id",
)
ASR_PROBLEM_SERVICE = table("asr_problem_service", "problem_id* service_id*~")
# Whom a problem hits: what was done for each customer is noted when it is done, so that nothing is done twice.
ASR_IMPACT = table(
    "asr_impact",
    "problem_id* customer_id* segment! weight#! account_id service_id! product_id breach_at! ticket_id message_id "
    "credit_id",
)
ASR_EVENT_RECORD = table("asr_event_record", "id* problem_id!~ document! created_at! correlation_id")
ASR_PROBLEM_TASK = table("asr_problem_task", "id* kind! document! created_at! correlation_id")
ASR_SERVICE_TEST = table("asr_service_test", "id* service_id!~ ticket_id~ state! document! created_at! correlation_id")
_ALARM_TASK = "id* state! document! created_at! correlation_id"
ASR_ACK = table("asr_ack", _ALARM_TASK)
ASR_UNACK = table("asr_unack", _ALARM_TASK)
ASR_CLEAR = table("asr_clear", _ALARM_TASK)
ASR_COMMENT = table("asr_comment", _ALARM_TASK)
ASR_GROUP = table("asr_group", _ALARM_TASK)
ASR_UNGROUP = table("asr_ungroup", _ALARM_TASK)
FLT_CASE = table(
    "flt_case",
    "id* order_id~ system! code! owner root_cause status! opened_at! sla_due closed_at release_id detail "
    "correlation_id customer_id~ segment",
)
FLT_TIMER = table("flt_timer", "id* code! order_id~ system! due_at! detail correlation_id")
EVT_EVENT = table(
    "evt_event",
    "event_id* event_type! event_time! correlation_id~ domain resource_type! resource_id! seq#! state payload!",
    unique=("resource_type", "resource_id", "seq"),
)
EVT_DELIVERY = table("evt_delivery", "event_id* subscriber* status!~ attempts#!=0 delivered_at last_error")
EVT_HUB = table("evt_hub", "id* base! callback! query created_at! parked_at")
EVT_TOPIC = table("evt_topic", "id* name! document! created_at! correlation_id")
TMF_EXTENSION = table("tmf_extension", "resource* id* document!")
