"""The table of what the sandbox implements: each API operation with its parameters.

Each entry names the parameters that mean something here; see `params` for what becomes of the
others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stripe import params as sdk
from stripe.params import checkout as sdk_checkout

from service.sandbox import (
    charges,
    customers,
    disputes,
    endpoints,
    events,
    intents,
    ledger,
    line_items,
    refunds,
    search,
    sessions,
)
from service.sandbox.book import Book
from service.sandbox.disputes import EVIDENCE_TEXTS
from service.sandbox.errors import JSON
from service.sandbox.params import Struct, compile_params

Run = Callable[[Book, JSON], JSON]

CURSORS = "ending_before expand limit starting_after "
CUSTOMER = """
    address business_name description email expand individual_name metadata name phone
    preferred_locales tax_exempt
"""
DISPUTE = "expand metadata submit " + " ".join(f"evidence.{name}" for name in EVIDENCE_TEXTS)
SESSION = """
    adaptive_pricing allowed_payment_method_types billing_address_collection cancel_url
    client_reference_id currency custom_text.submit customer customer_creation customer_email
    excluded_payment_method_types expand expires_at
    line_items.metadata line_items.quantity line_items.price_data.currency
    line_items.price_data.product_data.description line_items.price_data.product_data.name
    line_items.price_data.unit_amount
    locale metadata mode
    payment_intent_data.capture_method payment_intent_data.description
    payment_intent_data.metadata payment_intent_data.receipt_email
    payment_intent_data.statement_descriptor payment_intent_data.statement_descriptor_suffix
    submit_type success_url ui_mode
"""


@dataclass(frozen=True)
class Operation:
    """One route of the API. `run` gets the typed parameters, with the path's id as `id`."""

    method: str
    path: str
    run: Run
    params: Any
    supports: str

    @cached_property
    def reader(self) -> Struct:
        """The reader of its parameters, built on first use."""
        return compile_params(self.params, self.supports)


def _get(path: str, run: Run, params: Any, supports: str = "expand") -> Operation:
    return Operation("GET", path, run, params, supports)


def _post(path: str, run: Run, params: Any, supports: str) -> Operation:
    return Operation("POST", path, run, params, supports)


def _list(path: str, run: Run, params: Any, filters: str = "") -> Operation:
    return Operation("GET", path, run, params, CURSORS + filters)


OPERATIONS = (
    _list(
        "/v1/balance_transactions",
        ledger.list_transactions,
        sdk.BalanceTransactionListParams,
        "created currency source type",
    ),
    _get("/v1/balance_transactions/{id}", ledger.retrieve, sdk.BalanceTransactionRetrieveParams),
    _list(
        "/v1/charges",
        charges.list_charges,
        sdk.ChargeListParams,
        "created customer payment_intent",
    ),
    _get("/v1/charges/{id}", charges.retrieve, sdk.ChargeRetrieveParams),
    _post(
        "/v1/charges/{id}",
        charges.update,
        sdk.ChargeUpdateParams,
        "description expand metadata receipt_email",
    ),
    _post("/v1/checkout/sessions", sessions.create, sdk_checkout.SessionCreateParams, SESSION),
    _list(
        "/v1/checkout/sessions",
        sessions.list_sessions,
        sdk_checkout.SessionListParams,
        "created customer customer_details payment_intent status",
    ),
    _get("/v1/checkout/sessions/{id}", sessions.retrieve, sdk_checkout.SessionRetrieveParams),
    _post(
        "/v1/checkout/sessions/{id}",
        sessions.update,
        sdk_checkout.SessionUpdateParams,
        "expand metadata",
    ),
    _post(
        "/v1/checkout/sessions/{id}/expire",
        sessions.expire,
        sdk_checkout.SessionExpireParams,
        "expand",
    ),
    _list(
        "/v1/checkout/sessions/{id}/line_items",
        line_items.list_line_items,
        sdk_checkout.SessionListLineItemsParams,
    ),
    _post("/v1/customers", customers.create, sdk.CustomerCreateParams, CUSTOMER),
    _list("/v1/customers", customers.list_customers, sdk.CustomerListParams, "created email"),
    _get("/v1/customers/{id}", customers.retrieve, sdk.CustomerRetrieveParams),
    _post("/v1/customers/{id}", customers.update, sdk.CustomerUpdateParams, CUSTOMER),
    _list(
        "/v1/disputes",
        disputes.list_disputes,
        sdk.DisputeListParams,
        "charge created payment_intent",
    ),
    _get("/v1/disputes/{id}", disputes.retrieve, sdk.DisputeRetrieveParams),
    _post("/v1/disputes/{id}", disputes.update, sdk.DisputeUpdateParams, DISPUTE),
    _post("/v1/disputes/{id}/close", disputes.close, sdk.DisputeCloseParams, "expand"),
    _list(
        "/v1/events",
        events.list_events,
        sdk.EventListParams,
        "created delivery_success type types",
    ),
    _get("/v1/events/{id}", events.retrieve, sdk.EventRetrieveParams),
    _list(
        "/v1/payment_intents",
        intents.list_intents,
        sdk.PaymentIntentListParams,
        "created customer",
    ),
    # Before the path with an id, which would take "search" for one.
    _get(
        "/v1/payment_intents/search",
        search.search_intents,
        sdk.PaymentIntentSearchParams,
        "expand limit page query",
    ),
    _get("/v1/payment_intents/{id}", intents.retrieve, sdk.PaymentIntentRetrieveParams),
    _post(
        "/v1/payment_intents/{id}",
        intents.update,
        sdk.PaymentIntentUpdateParams,
        "description expand metadata",
    ),
    _post(
        "/v1/payment_intents/{id}/cancel",
        intents.cancel,
        sdk.PaymentIntentCancelParams,
        "cancellation_reason expand",
    ),
    _post(
        "/v1/payment_intents/{id}/capture",
        intents.capture,
        sdk.PaymentIntentCaptureParams,
        "amount_to_capture expand",
    ),
    _get("/v1/payment_methods/{id}", charges.retrieve_method, sdk.PaymentMethodRetrieveParams),
    _post(
        "/v1/refunds",
        refunds.create,
        sdk.RefundCreateParams,
        "amount charge expand metadata payment_intent reason",
    ),
    _list(
        "/v1/refunds", refunds.list_refunds, sdk.RefundListParams, "charge created payment_intent"
    ),
    _get("/v1/refunds/{id}", refunds.retrieve, sdk.RefundRetrieveParams),
    _post("/v1/refunds/{id}", refunds.update, sdk.RefundUpdateParams, "expand metadata"),
    _post(
        "/v1/webhook_endpoints",
        endpoints.create,
        sdk.WebhookEndpointCreateParams,
        "api_version description enabled_events expand metadata url",
    ),
    _list("/v1/webhook_endpoints", endpoints.list_endpoints, sdk.WebhookEndpointListParams),
    _get("/v1/webhook_endpoints/{id}", endpoints.retrieve, sdk.WebhookEndpointRetrieveParams),
    _post(
        "/v1/webhook_endpoints/{id}",
        endpoints.update,
        sdk.WebhookEndpointUpdateParams,
        "description disabled enabled_events expand metadata url",
    ),
    Operation(
        "DELETE",
        "/v1/webhook_endpoints/{id}",
        endpoints.delete,
        sdk.WebhookEndpointDeleteParams,
        "",
    ),
)
