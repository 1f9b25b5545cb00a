"""Tables of commercial order management (`com_`) and of campaigns (`cmp_`)."""

from ringback.reference_stack.schema.columns import table

# COM (SoR: product order; TMF622)
COM_PRODUCT_ORDER = table(
    "com_product_order",
    "id* external_id~ customer_id!~ billing_account_id channel state!~ order_date! requested_start "
    "requested_completion expected_completion completion_date credit qualified_at handed_over_at state_changed_at! "
    "correlation_id!~",
)
COM_ORDER_ITEM = table(
    "com_order_item",
    "id* order_id!~>com_product_order.id item_no! action! change_kind offering_id! offering_version! offering_name "
    "product_id~ parent_item_no parent_product_id after_item_no state! quantity#!=1 appointment_id address_id place "
    "promotion_id fulfilment reason waits_on state_changed_at",
    unique=("order_id", "item_no"),
)
COM_ORDER_ITEM_CHAR = table("com_order_item_char", "item_id* name* value")
COM_ORDER_PRICE = table("com_order_price", "item_id* price_id* price_type amount# currency promo_id months#")
COM_STATE_HISTORY = table("com_state_history", "id#* entity! entity_id!~ from_state to_state! at! actor reason")
COM_OFFER_QUALIFICATION = table("com_offer_qualification", "id* state! document! created_at! correlation_id")
COM_QUOTE = table("com_quote", "id* state! document! created_at! correlation_id")
COM_CANCEL = table("com_cancel", "id* order_id!~ state! reason created_at! completed_at correlation_id!")

# Campaigns
CMP_TARGET_LIST = table("cmp_target_list", "id* current_offering! upsell_offering! cut_off! created_at! document!")
