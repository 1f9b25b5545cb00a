"""Tables of the number portability gateway (`npg_`) and the partner gateway (`pgw_`)."""

from ringback.reference_stack.schema.columns import table

# Number portability gateway
NPG_PORT = table(
    "npg_port",
    "id* direction! tn!~ order_item_id~ nnsp! onsp! req_no!~ version#! status! due_at confirmed_at promised_at "
    "response_type reason_code account_number pin sv_id activated_at correlation_id",
)
NPG_PORT_CHAR = table("npg_port_char", "port_id* name* value")
NPG_LINE = table("npg_line", "tn* pin frozen#!=0 changed_at!")  # what the owner of a number asked for
NPG_SV = table("npg_sv", "sv_id* tn!~ lrn spid! status! sv_type lnp_type activation_ts file_id")

# Partner gateway
PGW_FILE = table(
    "pgw_file",
    "id* partner! feed! direction! file_name!~ seq_no# business_date sha256 size_bytes# status! declared_count# "
    "actual_count# accepted_count# rejected_count# declared_total# actual_total# received_at! ack_file_name rap_seq# "
    "refusal_told_at",
)
PGW_RECORD = table(
    "pgw_record",
    "id#* file_id!~ line_no#! record_key status! error_code entity_type entity_id correlation_id",
)
PGW_OUTBOUND = table(
    "pgw_outbound",
    "id#* partner! feed! record_key! reference~ subject~ record! correlation_id queued_at! file_id~",
)
PGW_SEQUENCE = table("pgw_sequence", "partner* feed* direction* mode* last_seq#!")
PGW_SCHEDULE = table("pgw_schedule", "partner* feed* due! time_zone! days! agreed_at!")  # which files are due when
PGW_EXPECTED = table("pgw_expected", "feed* partner* business_date* due_at! file_id alarmed_at")
PGW_WHOLESALE_ORDER = table(
    "pgw_wholesale_order",
    "id* supplier! order_item_id!~ order_type! status! last_seq#!=0 committed_date target_date "
    "supplier_order_no~ service_ref order_id~ resource_order_item_id~ address_id down_mbps# appointment_reservation "
    "reason_code sent_seq#!=0 sent_at! due_at correlation_id",
)
PGW_WHOLESALE_MESSAGE = table(
    "pgw_wholesale_message",
    "id* order_id~ seq_no# status!~ channel! document! code said received_at!",
)
PGW_E911_RECORD = table(
    "pgw_e911_record",
    "id* tn!~ function! status!~ error_code address_id! customer_name! order_id~ order_item_id "
    "resource_order_item_id~ tries#!=1 sent_at! due_at correlation_id",
)
PGW_ESIM_ORDER = table(
    "pgw_esim_order",
    "id* eid! order_id~ order_item_id resource_order_item_id!~ iccid~ imsi resource_id matching_id smdp_address "
    "state!~ reason is_downloadable#!=0 is_released#!=1 last_point# ordered_at! due_at correlation_id",
)
PGW_SHIPMENT = table(
    "pgw_shipment",
    "id* order_item_id!~ order_id~ po_no!~ asn_no sku! imei iccid qty#! status! carrier tracking shipped_at "
    "delivered_at correlation_id",
)
