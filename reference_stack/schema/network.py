"""Tables of the controllers (`nso_`, `mano_`, `leg_`) and of the network elements of fixed lines (`ne_`)."""

from ringback.reference_stack.schema.columns import table

# The elements that fixed lines end in (network truth)
NE_LEGACY_LINE = table("ne_legacy_line", "id#* line!~ pvc profile state!")  # the old exchange takes a line twice
NE_LINE_LOG = table("ne_line_log", "id#* line!~ command! answer! at!")
NE_EDGE = table("ne_edge", "name* kind! ip down_mbps# up_mbps# state!")
NE_IPTV = table("ne_iptv", "subscription* package state!")
NE_ACCESS = table("ne_access", "port* vlan# down_mbps# up_mbps# state!")
NE_ROAMING = table("ne_roaming", "msisdn* policy starts_at ends_at state!")

# Controllers: what each was asked for, and how far it is
NSO_QUEUE_ITEM = table(
    "nso_queue_item",
    "id#* label!^ state!~ method! device! entry! body! result created_at! ended_at correlation_id",
)
MANO_NS_INSTANCE = table("mano_ns_instance", "id* ns_name!^ nsd_id! state! created_at!")
MANO_OPERATION = table(
    "mano_operation",
    "id* ns_instance_id!~ request_id!^ operation! state!~ update_type method device entry body result "
    "starts_at! entered_at! correlation_id",
)
LEG_TICKET = table(
    "leg_ticket",
    "id#* request_id!^ line!~ command! ticket_no state!~ device! entry! expected! answer created_at! sent_at "
    "ended_at correlation_id",
)
