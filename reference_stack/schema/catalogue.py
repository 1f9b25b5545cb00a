"""Tables of the product catalogue (`cat_`)."""

from ringback.reference_stack.schema.columns import table

# Catalog (SoR: what can be sold, price, decomposition; TMF620/633/634)
CAT_OFFERING = table(
    "cat_offering",
    "id* name! version! lifecycle_status! is_bundle#!=0 product_spec_id valid_from valid_to",
)
CAT_BUNDLE_ITEM = table("cat_bundle_item", "offering_id* child_offering_id* min_qty# max_qty#")
CAT_PRICE = table(
    "cat_price",
    "id* offering_id! name price_type! amount#! currency! period months# charge_code! tax_code valid_from valid_to "
    "replaced_by",
)
CAT_PROMOTION = table(
    "cat_promotion",
    "id* price_id! percent# amount# duration_months# requires_offering_id bundle_offering_id carrier_offering_id "
    "starts_with!=carrier valid_from valid_to",
)
CAT_OFFERING_CHAR = table("cat_offering_char", "offering_id* name* value!")
CAT_DECOMPOSITION = table(
    "cat_decomposition",
    "id* product_spec_id! cfs_spec_id rfs_spec_id resource_spec_id qty#!=1 controller condition",
)
CAT_SPECIFICATION = table("cat_specification", "id* name! version! lifecycle_status!")

# Catalogues, categories, candidates and specifications that are kept as they came
_PART = "id* name! document! created_at! correlation_id"
CAT_CATALOG = table("cat_catalog", _PART)
CAT_CATEGORY = table("cat_category", _PART)
CAT_SERVICE_CATALOG = table("cat_service_catalog", _PART)
CAT_SERVICE_CATEGORY = table("cat_service_category", _PART)
CAT_SERVICE_CANDIDATE = table("cat_service_candidate", _PART)
CAT_SERVICE_SPECIFICATION = table("cat_service_specification", _PART)
CAT_RESOURCE_CATALOG = table("cat_resource_catalog", _PART)
CAT_RESOURCE_CATEGORY = table("cat_resource_category", _PART)
CAT_RESOURCE_CANDIDATE = table("cat_resource_candidate", _PART)
CAT_RESOURCE_SPECIFICATION = table("cat_resource_specification", _PART)
