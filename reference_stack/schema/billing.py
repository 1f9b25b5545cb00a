"""Tables of billing and charging (`bil_`) and of credit (`crd_`)."""

from ringback.reference_stack.schema.columns import table

# Billing and charging, after TMF666, TMF678, TMF635 and TMF676
BIL_ACCOUNT = table(
    "bil_account",
    "id* customer_id!~ cycle_day#! currency! state! balance#!=0 autopay_method time_zone!=UTC",
)
BIL_CHARGE = table(
    "bil_charge",
    "id* account_id!~ product_id~ price_id charge_type! charge_code! amount#! currency! start_date! end_date "
    "status! source_event_id order_id~ correlation_id",
)
BIL_INSTALLMENT = table(
    "bil_installment",
    "id* account_id!~ product_id!~ device_resource_id total#! months#! monthly#! billed_months#!=0 state! "
    "order_id order_item_id~ start_date correlation_id",
)
BIL_DELIVERY = table("bil_delivery", "order_item_id* imei! delivered_at!")  # what arrived before its plan
BIL_BILL = table(
    "bil_bill",
    "id* bill_no^ account_id!~ period_start! period_end! bill_date due_date state! tax_excluded#! tax#! "
    "tax_included#! remaining#! correlation_id",
)
BIL_BILL_REQUEST = table("bil_bill_request", "id* account_id! state! bill_id requested_at! correlation_id")
BIL_LINE = table(
    "bil_line",
    "id* bill_id!~ charge_id~ usage_id product_id amount#! tax#!=0 description period_start period_end",
)
BIL_PAYMENT = table("bil_payment", "id* account_id! amount#! method! status! correlator_id trace_no return_code at!")
BIL_USAGE = table(
    "bil_usage",
    "id* record_key! msisdn! product_id usage_type! started_at! quantity#! unit! status! amount# file_id line_no#",
)
CRD_DECISION = table(
    "crd_decision",
    "id* customer_id!~ order_id~ decision! score# credit_class max_lines# device_limit# deposit# decided_at! "
    "valid_until! bureau_ref reason_codes",
)
CRD_INQUIRY = table(
    "crd_inquiry", "id* customer_id!~ order_id^ device_amount#! state! requested_at! answered_at correlation_id!"
)
