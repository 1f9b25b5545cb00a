"""Tables of billing and charging (`bil_`) and of credit (`crd_`)."""

from ringback.reference_stack.schema.columns import table

# Accounts, charges and instalment plans
BIL_ACCOUNT = table(
    "bil_account",
    "id* customer_id!~ cycle_day#! currency! state! balance#!=0 autopay_method time_zone!=UTC next_bill~ "
    "routing bank_account bank_account_type",
)
BIL_CHARGE = table(
    "bil_charge",
    "id* account_id!~ product_id~ price_id charge_type! charge_code! amount#! currency! start_date! end_date "
    "status! source_event_id order_id~ correlation_id months#",
)
BIL_PAUSE = table("bil_pause", "id* product_id!~ started_at! ended_at")  # a product that is suspended costs nothing
BIL_INSTALLATION = table("bil_installation", "order_item_id* order_id close_code! completed_at")
BIL_INSTALLMENT = table(
    "bil_installment",
    "id* account_id!~ product_id!~ device_resource_id total#! months#! monthly#! billed_months#!=0 state! "
    "order_id order_item_id~ start_date correlation_id",
)
BIL_DELIVERY = table("bil_delivery", "order_item_id* imei! delivered_at!")  # what arrived before its plan
BIL_SUSPENSE = table(
    "bil_suspense",
    "id* account_id product_id~ price_id usage_id reason! amount# state!~ at! correlation_id",
)

# Bills
BIL_BILL = table(
    "bil_bill",
    "id* bill_no^ account_id!~ period_start! period_end! bill_date due_date state!~ tax_excluded#! tax#! "
    "tax_included#! remaining#! correlation_id category!=normal run_type!=offCycle balance_used#!=0",
)
BIL_BILL_REQUEST = table("bil_bill_request", "id* account_id! state! bill_id requested_at! correlation_id")
BIL_LINE = table(
    "bil_line",
    "id* bill_id!~ charge_id~ usage_id product_id amount#! tax#!=0 description period_start period_end "
    "line_type!=recurring adjustment_id",
)
BIL_ADJUSTMENT = table(
    "bil_adjustment",
    "id* account_id!~ product_id amount#! reason! reference^ state! bill_id dispute_id created_at! correlation_id",
)
BIL_DISPUTE = table(
    "bil_dispute", "id* account_id!~ line_id! amount#! reason! state! opened_at! closed_at adjustment_id correlation_id"
)

# Payments and dunning
BIL_PAYMENT = table(
    "bil_payment",
    "id* account_id!~ amount#! method! status!~ correlator_id^ trace_no return_code at! correlation_id",
)
BIL_ALLOCATION = table("bil_allocation", "id* payment_id!~ bill_id!~ amount#! state!")
BIL_REFUND = table(
    "bil_refund", "id* payment_id account_id!~ amount#! method! status! correlator_id^ at! correlation_id"
)
BIL_DUNNING = table("bil_dunning", "id* account_id!~ bill_id!~ step! at! order_id", unique=("bill_id", "step"))

# Usage
BIL_USAGE = table(
    "bil_usage",
    "id* record_key!~ msisdn! product_id~ usage_type! started_at! quantity#! unit! status!~ amount# file_id line_no# "
    "imsi account_id order_id serving_network utc_offset received_at rated_at reason rate duration_s# correlation_id",
)
BIL_USAGE_SPECIFICATION = table("bil_usage_specification", "id* name! document! created_at! correlation_id")
BIL_IDENTITY = table(  # under which number and IMSI a service was known, and when
    "bil_identity", "id* service_id!~ kind! value!~ customer_id product_id valid_from! valid_to"
)
BIL_PASS = table("bil_pass", "id* line_product_id!~ account_id! starts_at! ends_at! state! correlation_id")
BIL_ALERT = table(
    "bil_alert",
    "id* product_id! month! percent#! crossed_at! due_at! fired_at correlation_id",
    unique=("product_id", "month", "percent"),
)

# Prepaid balances
BIL_BUCKET = table(
    "bil_bucket",
    "id* product_id!~ account_id! customer_id! usage_type! unit! remaining#! status! valid_from! valid_to! "
    "correlation_id",
)
BIL_TOPUP = table("bil_topup", "id* bucket_id!~ amount#! correlator_id^ status! created_at! correlation_id")
BIL_BALANCE_CHANGE = table("bil_balance_change", "id* bucket_id!~ amount#! reason! created_at! correlation_id")
BIL_BALANCE_ACTION = table(
    "bil_balance_action",
    "id* bucket_id!~ action! amount#! before_amount#! after_amount#! reference created_at! correlation_id",
)

CRD_DECISION = table(
    "crd_decision",
    "id* customer_id!~ order_id~ decision! score# credit_class max_lines# device_limit# deposit# decided_at! "
    "valid_until! bureau_ref reason_codes",
)
CRD_INQUIRY = table(
    "crd_inquiry", "id* customer_id!~ order_id^ device_amount#! state! requested_at! answered_at correlation_id!"
)
