"""Tables of service and resource orders, the three inventories, activation and the network elements."""

from ringback.reference_stack.schema.columns import table

# SOM (SoR: service order; TMF641) and ROM (SoR: resource order; TMF652)
SOM_SERVICE_ORDER = table(
    "som_service_order",
    "id* product_order_id!~ customer_id state! order_date! completion_date state_changed_at! correlation_id!~",
)
SOM_ORDER_ITEM = table(
    "som_order_item",
    "id* service_order_id!~ action! change_kind!=add category! spec_id! service_id~ product_order_item_id!~ "
    "parent_item_id state!~",
)
SOM_MILESTONE = table("som_milestone", "id* service_order_id!~ item_id!~ name! status! at!")
SOM_JEOPARDY = table("som_jeopardy", "id* service_order_id!~ item_id!~ name! jeopardy_type! message! at!")
SOM_CANCEL = table("som_cancel", "id* state! document! created_at! correlation_id")
SOM_ORDER_ITEM_CHAR = table("som_order_item_char", "item_id* name* value")
ROM_RESOURCE_ORDER = table(
    "rom_resource_order",
    "id* service_order_id!~ state!~ order_date! completion_date state_changed_at! correlation_id!~",
)
ROM_ORDER_ITEM = table(
    "rom_order_item",
    "id* resource_order_id!~ action! change_kind!=add resource_spec_id! resource_id~ service_order_item_id!~ "
    "controller! state! "
    "state_changed_at",
)
ROM_CANCEL = table("rom_cancel", "id* state! document! created_at! correlation_id")
ROM_ORDER_ITEM_CHAR = table("rom_order_item_char", "item_id* name* value")

# Product / Service / Resource inventory (TMF637/638/639)
PINV_PRODUCT = table(
    "pinv_product",
    "id* customer_id!~ billing_account_id offering_id! offering_version! status! start_date termination_date "
    "order_item_id~ parent_product_id~ address_id correlation_id",
)
PINV_PRICE = table("pinv_price", "product_id* price_id* price_type amount# currency promo_id promo_end months#")
PINV_SERVICE = table("pinv_service", "product_id* service_id*~")
PINV_CHAR = table("pinv_char", "product_id* name* value")
PRODUCT_ITEM = table("product_item", "product_id* order_item_id*~ order_id action! offering_id completed_at")
SINV_SERVICE = table(
    "sinv_service",
    "id* category! spec_id! state! start_date end_date service_order_id service_order_item_id~ customer_id!~ "
    "address_id correlation_id",
)
SINV_CHAR = table("sinv_char", "service_id* name* value")
SINV_REL = table("sinv_rel", "service_id* rel_type* related_service_id*~")
SINV_RESOURCE = table("sinv_resource", "service_id* resource_id*~")
RINV_RESOURCE = table(
    "rinv_resource",
    "id* kind! spec_id value! resource_status! usage_state! operational_state!=enable "
    "administrative_state!=unlocked reserved_by~ reserved_until batch_file_id",
    unique=("kind", "value"),
)
RINV_CHAR = table("rinv_char", "resource_id* name* value~")
NUM_COPY = table("num_copy", "tn* status! taken_at!")
NUM_TN = table(
    "num_tn",
    "tn* status!~ line_type!=mobile native_spid! current_spid! service_id~ reserved_by~ ageing_until changed_at",
)

# Activation and the network itself (network truth)
ACT_TASK = table(
    "act_task",
    "id* resource_order_item_id!~ controller! ne_name command! idempotency_key!~ status!~ http_status# ne_result "
    "request requested_at! controller_ref order_id acked_at verified_at correlation_id",
)
NE_HLR = table("ne_hlr", "imsi* iccid^ msisdn~ profile odb state!")
NE_OLT = table("ne_olt", "port* ont_serial down_mbps# up_mbps# vlan# state!")
NE_IMS = table("ne_ims", "tn* state! node profile")
NE_E911 = table(
    "ne_e911",
    "tn* house_nr street community state_cd esn customer_name company_id status! last_function",
)
NE_PCRF = table("ne_pcrf", "imsi* msisdn~ policy state!")
NE_VOICEMAIL = table("ne_voicemail", "msisdn* imsi state!")
