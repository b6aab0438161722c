"""An account that owes an invoice, seen by its owner and by the seller's staff."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.adapters.stripe_gateway import StripeGateway
from service.billing.ids import Kind
from service.billing.people import Role
from service.store.records import Invoice, Payment
from tests.api.harness import JSON, Api, Caller, public
from tests.support.shop import API_KEY, SANDBOX_URL, WEBHOOK_SECRET, InProcessStripe, Shop


@dataclass
class Debt:
    """An open invoice over 100.00 USD, charged as 9,495.52 INR, and who looks at it."""

    api: Api
    account_id: UUID
    invoice: Invoice

    @property
    def shop(self) -> Shop:
        return self.api.shop

    @property
    def invoice_id(self) -> str:
        return public(Kind.INVOICE, self.invoice.id)

    def seen_by(self, role: Role) -> Caller:
        return self.api.caller(role, self.account_id)

    @property
    def owner(self) -> Caller:
        return self.seen_by(Role.OWNER)

    async def start(self) -> Payment:
        return (await self.shop.start(self.account_id, self.invoice)).payment

    async def settled(self, payment: Payment, *, thorough: bool = False) -> Payment:
        return await self.shop.settle(self.account_id, payment.id, thorough=thorough)

    async def paid(self) -> Payment:
        """The payment that settled it."""
        payment = await self.start()
        await self.shop.pay(payment)
        return await self.settled(payment)

    def charge_of(self, payment: Payment) -> str:
        """The gateway's charge of a captured payment."""
        intent = self.shop.sandbox.book.get("payment_intent", payment.transaction or "")
        return str(intent["latest_charge"])

    async def see(self, fields: str, role: Role = Role.OWNER) -> JSON:
        """Fields of the invoice, as somebody sees them."""
        query = f"query($id: ID!) {{ invoice(by: {{id: $id}}) {{ {fields} }} }}"
        found: JSON = (await self.seen_by(role).ask(query, id=self.invoice_id))["invoice"]
        return found

    async def see_payment(self, payment: Payment, fields: str, role: Role = Role.OWNER) -> JSON:
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on Payment {{ {fields} }} }} }}"
        payment_id = public(Kind.PAYMENT, payment.id)
        found: JSON = (await self.seen_by(role).ask(query, id=payment_id))["node"]
        return found


async def a_debt(api: Api, amount: str = "100.00", *, charge_currency: str = "INR") -> Debt:
    account_id = await api.shop.account(charge_currency=charge_currency)
    return Debt(api, account_id, await api.shop.invoice(account_id, amount))


class DownGateway(StripeGateway):
    """The sandbox as a gateway that lately answered too badly to be worth a payer's time."""

    is_down = True


def go_down(api: Api) -> None:
    """Have the one gateway be down, and known to be."""
    client = InProcessStripe(api.shop.sandbox.app)
    gateway = DownGateway(API_KEY, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)
    api.exchange(gateway=gateway)
    api.shop.sandbox.faults.add("outage")


USER_ERROR = """
  ... on UserError { code message }
  ... on ValidationError { issues { path code } }
"""
