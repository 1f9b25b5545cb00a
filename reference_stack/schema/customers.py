"""Tables of customers and places: CRM (`crm_`) and Location (`loc_`)."""

from ringback.reference_stack.schema.columns import table

# CRM (SoR: party, customer, account identity, contact)
CRM_INDIVIDUAL = table(
    "crm_individual", "id* given_name! family_name! birth_date email phone id_last4 status!=initialized"
)
CRM_ORGANIZATION = table("crm_organization", "id* trading_name! status! document! created_at! correlation_id")
CRM_CUSTOMER = table(
    "crm_customer",
    "id* party_id!>crm_individual.id name! status! segment!=consumer created_at! address_id",
)
CRM_ACCOUNT = table("crm_account", "id* customer_id!~>crm_customer.id name! state! created_at!")
CRM_INTERACTION = table(
    "crm_interaction", "id* customer_id~ channel direction reason order_id~ at! status correlation_id"
)
CRM_MESSAGE = table("crm_message", "id* customer_id!~ order_id channel! text! at! reference^")
CRM_LINE_DATA = table("crm_line_data", "customer_id* vlan# ip written_at!")  # stays empty but for a release defect
CRM_EXPORT = table("crm_export", "id* state! customers#! requested_at! requested_by!")

# The smaller parts of account management
_PART = "id* name! document! created_at! correlation_id"
CRM_PARTY_ACCOUNT = table("crm_party_account", _PART)
CRM_SETTLEMENT_ACCOUNT = table("crm_settlement_account", _PART)
CRM_FINANCIAL_ACCOUNT = table("crm_financial_account", _PART)
CRM_CYCLE_SPECIFICATION = table("crm_cycle_specification", _PART)
CRM_BILL_FORMAT = table("crm_bill_format", _PART)
CRM_PRESENTATION = table("crm_presentation", _PART)

# Location (SoR: address; TMF673)
LOC_ADDRESS = table(
    "loc_address",
    "id* street_nr street_nr_suffix pre_dir street_name street_suffix post_dir sub_unit city state_cd postcode~ "
    "country!=US dpv_code validation_result msag_community esn access_tech max_down_mbps# external_id "
    "drop_status validated_at",
)
LOC_MSAG = table(
    "loc_msag",
    "id#* pre_dir street_name street_suffix post_dir low# high# community state_cd odd_even esn county_id "
    "exchange function_code file_id",
)
LOC_VALIDATION = table("loc_validation", "id* state! document! created_at! due_at~ correlation_id")
LOC_QUALIFICATION = table("loc_qualification", "id* state! document! created_at! correlation_id")
LOC_QUERY = table("loc_query", "id* state! document! created_at! correlation_id")
LOC_FOOTPRINT = table("loc_footprint", "supplier* postcode* max_down_mbps#!")
