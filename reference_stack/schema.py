"""Every table of the stack, in a portable form: text keys, integer cents, ISO UTC text for time.

A column is written ``name`` plus flags: ``#`` integer, ``*`` primary key, ``!`` not null, ``^`` unique, ``~`` indexed,
``=x`` default, ``>table.column`` foreign key. Each prefix (``com_``, ``bil_``, ...) is owned by one system.
"""

import re
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()
_COLUMN = re.compile(r"(?P<name>\w+)(?P<flags>[#*!^~]*)(?:=(?P<default>\w+))?(?:>(?P<target>[\w.]+))?$")


def _column(text: str) -> Column[Any]:
    """One column from its short form, e.g. ``quantity#!=1``."""
    match = _COLUMN.match(text)
    if match is None:
        raise ValueError(f"the column {text!r} is not in the short form that schema.py explains")
    flags = match["flags"]
    return Column(
        match["name"],
        Integer if "#" in flags else Text,
        *([ForeignKey(match["target"])] if match["target"] else []),
        primary_key="*" in flags,
        nullable=not ("*" in flags or "!" in flags),
        unique=True if "^" in flags else None,
        index=True if "~" in flags else None,
        server_default=match["default"],
        autoincrement="#" in flags and "*" in flags,
    )


def _table(name: str, columns: str, unique: tuple[str, ...] = ()) -> Table:
    constraints = [UniqueConstraint(*unique)] if unique else []
    return Table(name, METADATA, *(_column(text) for text in columns.split()), *constraints)


# CRM (SoR: party, customer, account identity, contact)
CRM_INDIVIDUAL = _table(
    "crm_individual", "id* given_name! family_name! birth_date email phone id_last4 status!=initialized"
)
CRM_CUSTOMER = _table(
    "crm_customer",
    "id* party_id!>crm_individual.id name! status! segment!=consumer created_at! address_id",
)
CRM_ACCOUNT = _table("crm_account", "id* customer_id!~>crm_customer.id name! state! created_at!")
CRM_INTERACTION = _table("crm_interaction", "id* customer_id!~ channel direction reason order_id~ at!")
CRM_MESSAGE = _table("crm_message", "id* customer_id!~ order_id channel! text! at!")

# Location (SoR: address; TMF673)
LOC_ADDRESS = _table(
    "loc_address",
    "id* street_nr street_nr_suffix pre_dir street_name street_suffix post_dir sub_unit city state_cd postcode "
    "country!=US dpv_code validation_result msag_community esn access_tech max_down_mbps# external_id "
    "validated_at",
)
LOC_MSAG = _table(
    "loc_msag",
    "id#* pre_dir street_name street_suffix post_dir low# high# community state_cd odd_even esn county_id "
    "exchange function_code file_id",
)
LOC_VALIDATION = _table("loc_validation", "id* state! document! created_at! correlation_id")
LOC_QUALIFICATION = _table("loc_qualification", "id* state! document! created_at! correlation_id")

# Catalog (SoR: what can be sold, price, decomposition; TMF620/633/634)
CAT_OFFERING = _table(
    "cat_offering",
    "id* name! version! lifecycle_status! is_bundle#!=0 product_spec_id valid_from valid_to",
)
CAT_BUNDLE_ITEM = _table("cat_bundle_item", "offering_id* child_offering_id* min_qty# max_qty#")
CAT_PRICE = _table(
    "cat_price",
    "id* offering_id! name price_type! amount#! currency! period months# charge_code! tax_code valid_from valid_to",
)
CAT_PROMOTION = _table(
    "cat_promotion",
    "id* price_id! percent# duration_months# requires_offering_id carrier_offering_id valid_from valid_to",
)
CAT_DECOMPOSITION = _table(
    "cat_decomposition",
    "id* product_spec_id! cfs_spec_id rfs_spec_id resource_spec_id qty#!=1 controller condition",
)
CAT_SPECIFICATION = _table("cat_specification", "id* name! kind! version! lifecycle_status!")

# COM (SoR: product order; TMF622)
COM_PRODUCT_ORDER = _table(
    "com_product_order",
    "id* external_id~ customer_id!~ billing_account_id channel state!~ order_date! requested_start "
    "expected_completion completion_date handed_over_at state_changed_at! correlation_id!~",
)
COM_ORDER_ITEM = _table(
    "com_order_item",
    "id* order_id!~>com_product_order.id item_no! action! offering_id! offering_version! offering_name product_id~ "
    "parent_item_no state! quantity#!=1 appointment_id address_id promotion_id fulfilment reason state_changed_at",
    unique=("order_id", "item_no"),
)
COM_ORDER_ITEM_CHAR = _table("com_order_item_char", "item_id* name* value")
COM_ORDER_PRICE = _table("com_order_price", "item_id* price_id* price_type amount# currency promo_id months#")
COM_STATE_HISTORY = _table("com_state_history", "id#* entity! entity_id!~ from_state to_state! at! actor reason")
COM_OFFER_QUALIFICATION = _table("com_offer_qualification", "id* state! document! created_at! correlation_id")
COM_CANCEL = _table("com_cancel", "id* order_id!~ state! reason created_at! completed_at correlation_id!")

# SOM (SoR: service order; TMF641) and ROM (SoR: resource order; TMF652)
SOM_SERVICE_ORDER = _table(
    "som_service_order",
    "id* product_order_id!~ customer_id state! order_date! completion_date state_changed_at! correlation_id!~",
)
SOM_ORDER_ITEM = _table(
    "som_order_item",
    "id* service_order_id!~ action! category! spec_id! service_id~ product_order_item_id!~ parent_item_id state!~",
)
SOM_CANCEL = _table("som_cancel", "id* state! document! created_at! correlation_id")
SOM_ORDER_ITEM_CHAR = _table("som_order_item_char", "item_id* name* value")
ROM_RESOURCE_ORDER = _table(
    "rom_resource_order",
    "id* service_order_id!~ state!~ order_date! completion_date state_changed_at! correlation_id!~",
)
ROM_ORDER_ITEM = _table(
    "rom_order_item",
    "id* resource_order_id!~ action! resource_spec_id! resource_id~ service_order_item_id!~ controller! state! "
    "state_changed_at",
)
ROM_CANCEL = _table("rom_cancel", "id* state! document! created_at! correlation_id")
ROM_ORDER_ITEM_CHAR = _table("rom_order_item_char", "item_id* name* value")

# Product / Service / Resource inventory (TMF637/638/639)
PINV_PRODUCT = _table(
    "pinv_product",
    "id* customer_id!~ billing_account_id offering_id! offering_version! status! start_date termination_date "
    "order_item_id~ parent_product_id~ address_id correlation_id",
)
PINV_PRICE = _table("pinv_price", "product_id* price_id* price_type amount# currency promo_id promo_end months#")
PINV_SERVICE = _table("pinv_service", "product_id* service_id*~")
PINV_CHAR = _table("pinv_char", "product_id* name* value")
PRODUCT_ITEM = _table("product_item", "product_id* order_item_id*~ order_id action! completed_at")
SINV_SERVICE = _table(
    "sinv_service",
    "id* category! spec_id! state! start_date end_date service_order_id service_order_item_id~ customer_id!~ "
    "address_id correlation_id",
)
SINV_CHAR = _table("sinv_char", "service_id* name* value")
SINV_REL = _table("sinv_rel", "service_id* rel_type* related_service_id*~")
SINV_RESOURCE = _table("sinv_resource", "service_id* resource_id*~")
RINV_RESOURCE = _table(
    "rinv_resource",
    "id* kind! spec_id value! resource_status! usage_state! operational_state!=enable "
    "administrative_state!=unlocked reserved_by~ reserved_until batch_file_id",
    unique=("kind", "value"),
)
RINV_CHAR = _table("rinv_char", "resource_id* name* value~")
NUM_TN = _table("num_tn", "tn* status!~ native_spid! current_spid! service_id~ reserved_by~ ageing_until changed_at")

# Activation and the network itself (network truth)
ACT_TASK = _table(
    "act_task",
    "id* resource_order_item_id!~ controller! ne_name command! idempotency_key!~ status!~ http_status# ne_result "
    "request requested_at! acked_at verified_at correlation_id",
)
NE_HLR = _table("ne_hlr", "imsi* iccid^ msisdn~ profile odb state!")
NE_OLT = _table("ne_olt", "port* ont_serial down_mbps# up_mbps# vlan# state!")
NE_IMS = _table("ne_ims", "tn* state! node")
NE_E911 = _table(
    "ne_e911",
    "tn* house_nr street community state_cd esn customer_name company_id status! last_function",
)
NE_PCRF = _table("ne_pcrf", "imsi* msisdn~ policy state!")
NE_VOICEMAIL = _table("ne_voicemail", "msisdn* imsi state!")

# Workforce, after TMF646 and TMF697
WFM_APPOINTMENT = _table(
    "wfm_appointment", "id* order_id order_item_id status! starts_at ends_at tz address_id external_id"
)
WFM_WORK_ORDER = _table(
    "wfm_work_order",
    "id* appointment_id order_id! service_order_item_id state! dispatched_at completed_at close_code "
    "ont_serial readiness",
)

# Billing and charging, after TMF666, TMF678, TMF635 and TMF676
BIL_ACCOUNT = _table(
    "bil_account",
    "id* customer_id!~ cycle_day#! currency! state! balance#!=0 autopay_method time_zone!=UTC",
)
BIL_CHARGE = _table(
    "bil_charge",
    "id* account_id!~ product_id~ price_id charge_type! charge_code! amount#! currency! start_date! end_date "
    "status! source_event_id order_id~ correlation_id",
)
BIL_INSTALLMENT = _table(
    "bil_installment",
    "id* account_id!~ product_id!~ device_resource_id total#! months#! monthly#! billed_months#!=0 state! "
    "order_id order_item_id~ start_date correlation_id",
)
BIL_DELIVERY = _table("bil_delivery", "order_item_id* imei! delivered_at!")  # what arrived before its plan
BIL_BILL = _table(
    "bil_bill",
    "id* bill_no^ account_id!~ period_start! period_end! bill_date due_date state! tax_excluded#! tax#! "
    "tax_included#! remaining#! correlation_id",
)
BIL_BILL_REQUEST = _table("bil_bill_request", "id* account_id! state! bill_id requested_at! correlation_id")
BIL_LINE = _table(
    "bil_line",
    "id* bill_id!~ charge_id~ usage_id product_id amount#! tax#!=0 description period_start period_end",
)
BIL_PAYMENT = _table("bil_payment", "id* account_id! amount#! method! status! correlator_id trace_no return_code at!")
BIL_USAGE = _table(
    "bil_usage",
    "id* record_key! msisdn! product_id usage_type! started_at! quantity#! unit! status! amount# file_id line_no#",
)
CRD_DECISION = _table(
    "crd_decision",
    "id* customer_id!~ order_id~ decision! score# credit_class max_lines# device_limit# deposit# decided_at! "
    "valid_until! bureau_ref reason_codes",
)
CRD_INQUIRY = _table(
    "crd_inquiry", "id* customer_id!~ order_id^ device_amount#! state! requested_at! answered_at correlation_id!"
)

# Number portability gateway
NPG_PORT = _table(
    "npg_port",
    "id* direction! tn!~ order_item_id~ nnsp! onsp! req_no!~ version#! status! due_at confirmed_at promised_at "
    "response_type reason_code account_number pin sv_id activated_at correlation_id",
)
NPG_PORT_CHAR = _table("npg_port_char", "port_id* name* value")
NPG_SV = _table("npg_sv", "sv_id* tn!~ lrn spid! status! sv_type lnp_type activation_ts file_id")

# Partner gateway
PGW_FILE = _table(
    "pgw_file",
    "id* partner! feed! direction! file_name!~ seq_no# business_date sha256 size_bytes# status! declared_count# "
    "actual_count# accepted_count# rejected_count# declared_total# actual_total# received_at! ack_file_name",
)
PGW_RECORD = _table(
    "pgw_record",
    "id#* file_id!~ line_no#! record_key status! error_code entity_type entity_id correlation_id",
)
PGW_OUTBOUND = _table(
    "pgw_outbound",
    "id#* partner! feed! record_key! reference~ subject~ record! correlation_id queued_at! file_id~",
)
PGW_SEQUENCE = _table("pgw_sequence", "partner* feed* direction* mode* last_seq#!")
PGW_EXPECTED = _table("pgw_expected", "feed* partner* business_date* due_at! file_id")
PGW_WHOLESALE_ORDER = _table(
    "pgw_wholesale_order",
    "id* supplier! order_item_id! order_type! status! last_seq#!=0 committed_date target_date "
    "supplier_order_no service_ref",
)
PGW_SHIPMENT = _table(
    "pgw_shipment",
    "id* order_item_id!~ order_id~ po_no!~ asn_no sku! imei iccid qty#! status! carrier tracking shipped_at "
    "delivered_at correlation_id",
)

# Assurance, fallout, events
TT_TICKET = _table(
    "tt_ticket",
    "id* customer_id entity_type entity_id ticket_type severity status! created_at! resolved_at closed_at",
)
ASR_ALARM = _table("asr_alarm", "id* resource_id perceived_severity state! raised_at! cleared_at")
ASR_PROBLEM = _table("asr_problem", "id* status! root_resource_id affected_services# created_at!")
ASR_PROBLEM_SERVICE = _table("asr_problem_service", "problem_id* service_id*")
FLT_CASE = _table(
    "flt_case",
    "id* order_id~ system! code! owner root_cause status! opened_at! sla_due closed_at release_id detail "
    "correlation_id",
)
FLT_TIMER = _table("flt_timer", "id* code! order_id~ system! due_at! detail correlation_id")
EVT_EVENT = _table(
    "evt_event",
    "event_id* event_type! event_time! correlation_id~ domain resource_type! resource_id! seq#! state payload!",
    unique=("resource_type", "resource_id", "seq"),
)
EVT_DELIVERY = _table("evt_delivery", "event_id* subscriber* status!~ attempts#!=0 delivered_at last_error")
EVT_HUB = _table("evt_hub", "id* base! callback! query created_at!")
TMF_EXTENSION = _table("tmf_extension", "resource* id* document!")

# Tables of the stack's own running: clock, stopped systems, deliveries that a test loses on purpose
STK_SETTING = _table("stk_setting", "name* value!")
STK_DROP = _table("stk_drop", "id#* event_type! subscriber! correlation_id remaining#!")
