"""Systems hear of each other by delivered events alone: with one lost, the order stops and the journey says where."""

from __future__ import annotations

from tests.endtoend.conftest import Project

JOURNEY = """
journey: order-is-taken-up
summary: An order is taken up once the bureau has approved the customer
owner: order-management
inputs:
  customer: {lease: customer_with_fibre}
matrix:
  delivery: [kept, lost]
partners:
  - {partner: credit-bureau, receives: inquiry, where: {customer: $inputs.customer.id}, do: approve}
steps:
  - when: {$matrix.delivery: lost}
    id: drop
    name: The delivery of the decision to the order system gets lost
    api: steering
    method: POST
    url: /drop-delivery
    body: {eventType: CreditDecisionEvent, subscriber: ordering, count: 1}
    expect: {status: 201}

  - id: ordered
    name: An order is captured
    api: ordering.createProductOrder
    body:
      externalId: "WEB-{$run.session}"
      relatedParty: [{id: $inputs.customer.id, role: customer}]
      productOrderItem:
        - {id: "1", action: add, productOffering: {id: MOBILE-GOLD}}
        - {id: "2", action: add, productOffering: {id: PHX-128}}    # instalments: the bureau is asked
    expect: {status: 201, body.state: acknowledged}
    outputs: {id: body.id}

  - id: decided
    name: The credit system has decided
    db: credit
    sql: select decision from crd_decision where order_id = :order
    params: {order: $ordered.id}
    within: 30s
    expect: {count: 1, row.decision: approved}

  - id: taken_up
    name: The order system hears of it and takes the order up
    api: ordering.retrieveProductOrder
    path: {id: $ordered.id}
    until: {body.state: {in: [inProgress, completed]}}
    within: 8s
"""


def test_an_order_stops_where_a_delivery_is_lost(steered: Project) -> None:
    """With the delivery the order is taken up; without it the decision is there and the order waits for ever."""
    steered.write("journeys/order-is-taken-up.journey.yaml", JOURNEY)

    ended = steered.call("run", "journeys", "--at-once", "1")

    kept, lost = ended.run.journeys
    failure = lost.failure or {}
    assert ended.code == 1, ended.text
    assert (kept.variant, kept.status) == ("kept", "passed")
    assert (lost.variant, lost.status, lost.fault) == ("lost", "failed", "product")
    assert (failure["step"], failure["system"], failure["actual"]) == ("taken_up", "ordering", "acknowledged")
