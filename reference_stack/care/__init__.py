"""The care console: what a rep sees of customers, orders, bills and fallout; it holds no business data."""

from ringback.reference_stack.care import (
    appointment_pages,
    bill_pages,
    change_pages,
    customer_pages,
    fallout_pages,
    file_pages,
    order_pages,
    sign_in,
    wizard_pages,
)
from ringback.reference_stack.care.change_pages import for_job
from ringback.reference_stack.care.console import for_reps, static_file
from ringback.reference_stack.care.doors import BASE, STAFF
from ringback.reference_stack.care.wizard_pages import for_draft
from ringback.reference_stack.kernel.system import System, route

SYSTEM = System(
    id="care",
    prefix="ui_",
    base=BASE,
    auth="own",
    routes=(
        route("GET", "/static/{name}", static_file),
        route("GET", "/login", sign_in.sign_in_page(STAFF)),
        route("POST", "/login", sign_in.sign_in(STAFF)),
        route("POST", "/logout", for_reps(sign_in.sign_out)),
        route("GET", "/care", for_reps(customer_pages.home)),
        route("GET", "/customers", for_reps(customer_pages.customers)),
        route("GET", "/customers/{id}", for_reps(customer_pages.customer)),
        route("POST", "/customers/{id}/bills", for_reps(customer_pages.create_bill)),
        route("GET", "/customers/{id}/orders/new", for_reps(wizard_pages.start)),
        route("GET", "/drafts", for_reps(wizard_pages.drafts)),
        route("GET", "/drafts/{draft}/address", for_draft(wizard_pages.address_page)),
        route("POST", "/drafts/{draft}/check-address", for_draft(wizard_pages.check_address)),
        route("POST", "/drafts/{draft}/address", for_draft(wizard_pages.keep_address)),
        route("GET", "/drafts/{draft}/offer", for_draft(wizard_pages.offer_page)),
        route("POST", "/drafts/{draft}/offer", for_draft(wizard_pages.keep_offer)),
        route("GET", "/drafts/{draft}/appointment", for_draft(wizard_pages.appointment_page)),
        route("POST", "/drafts/{draft}/appointment", for_draft(wizard_pages.keep_appointment)),
        route("GET", "/drafts/{draft}/review", for_draft(wizard_pages.review_page)),
        route("POST", "/drafts/{draft}/submit", for_draft(wizard_pages.submit)),
        route("POST", "/drafts/{draft}/discard", for_draft(wizard_pages.discard)),
        route("GET", "/products/{id}/changes/{action}", for_reps(for_job(change_pages.form))),
        route("POST", "/products/{id}/changes/{action}/review", for_reps(for_job(change_pages.review))),
        route("POST", "/products/{id}/changes/{action}/submit", for_reps(for_job(change_pages.submit))),
        route("GET", "/orders/{id}", for_reps(order_pages.order)),
        route("POST", "/orders/{id}/resubmit", for_reps(order_pages.resubmit)),
        route("POST", "/orders/{id}/cancel", for_reps(order_pages.cancel)),
        route("GET", "/appointments/{id}", for_reps(appointment_pages.show)),
        route("POST", "/appointments/{id}", for_reps(appointment_pages.move)),
        route("GET", "/bills/{id}", for_reps(bill_pages.bill)),
        route("GET", "/bills/{id}/lines/{line}/dispute", for_reps(bill_pages.dispute_form)),
        route("POST", "/bills/{id}/lines/{line}/dispute", for_reps(bill_pages.dispute)),
        route("GET", "/disputes/{id}", for_reps(bill_pages.show_dispute)),
        route("GET", "/fallout", for_reps(fallout_pages.queue)),
        route("GET", "/fallout/{id}", for_reps(fallout_pages.case)),
        route("POST", "/fallout/{id}", for_reps(fallout_pages.work)),
        route("GET", "/files", for_reps(file_pages.files)),
        route("GET", "/files/{id}", for_reps(file_pages.one_file)),
    ),
)
