"""The enums of what becomes of money, and of what is done about it, as enums of the schema."""

from __future__ import annotations

from service.api.fields import describe
from service.billing.evidence import Fact, ProgressReason, Source
from service.billing.refund import DisputeStatus, RefundReason, RefundStatus
from service.billing.support import CaseReason, CaseStatus, LinkState

describe(
    RefundStatus,
    "Where a refund stands.",
    {
        "REQUESTED": "Decided; the gateway is asked to give the money back.",
        "PENDING": "The gateway took it on; the money is on its way to the payer.",
        "SUCCEEDED": "The money went back to the payer.",
        "FAILED": "It came back, or the gateway refused it: the seller still has the money. Or it "
        "was called off: the surplus went back in another way.",
    },
)
describe(
    RefundReason,
    "Why money was given back.",
    {
        "SURPLUS": "More was paid than was due: the service gives the rest back by itself.",
        "REQUESTED": "The seller's staff gave it back.",
        "AT_GATEWAY": "It was made at the gateway, past this service.",
    },
)
describe(
    DisputeStatus,
    "Where a dispute stands.",
    {
        "OPEN": "The payer's bank took the money back and has not decided yet.",
        "WON": "The payer's bank gave the money back to the seller.",
        "LOST": "The payer's bank kept the money.",
    },
)
describe(
    ProgressReason,
    "What a payment is waiting for.",
    {
        "AWAITING_PAYER": "The payer has a page open and has not come back from it.",
        "CONFIRMING": "The payer came back; the gateway is asked whether they paid.",
        "BANK_IS_PROCESSING": "The payer's bank is working on it. Some methods take days.",
        "AUTHORIZED_ONLY": "The payer's bank holds the amount; the gateway has not taken it yet.",
        "UNDER_REVIEW": "A person looks at it.",
    },
)
describe(
    Source,
    "Where a piece of evidence came from.",
    {
        "PAYER": "The payer's own request: a checkout, a link, a claim.",
        "WEBHOOK": "A signed notice of the gateway.",
        "RETURN": "The page that the payer came back to asked the gateway.",
        "POLL": "The service asked the gateway by itself.",
        "EVENT_LIST": "The gateway's own list of what happened was read.",
        "STAFF": "The seller's staff, of any role.",
        "SERVICE": "The service decided it from what it knew.",
    },
    name="EvidenceSource",
)
describe(
    Fact,
    "What was seen or done.",
    {
        "ATTEMPT_STARTED": "An attempt to pay was started.",
        "PAGE_OPENED": "The gateway's page was opened.",
        "PAYER_RETURNED": "The payer came back from the gateway's page.",
        "DECLINED": "The payer's bank, or the gateway, declined a try; the page waits for another.",
        "PAGE_CLOSED": "We closed the gateway's page: nobody was to pay on it any more.",
        "SEEN_OPEN": "The gateway's page waited for the payer.",
        "SEEN_PROCESSING": "The gateway said that the payment was on its way.",
        "SEEN_AUTHORIZED": "The gateway said that the amount was held and not taken.",
        "SEEN_PAID": "The gateway said that it was paid.",
        "SEEN_FAILED": "The gateway said that it failed.",
        "SEEN_CANCELED": "The gateway said that it was called off.",
        "SEEN_EXPIRED": "The gateway said that its page was not used in time.",
        "GATEWAY_SILENT": "The gateway did not answer.",
        "GATEWAY_REFUSED": "The gateway refused.",
        "MISMATCH": "The gateway reported money that does not match the attempt.",
        "SUPERSEDED": "Another attempt took the place of this one.",
        "SURPLUS": "More was paid than was due.",
        "PAID_OFFLINE": "A bank transfer was received.",
        "REFUND_REQUESTED": "A refund was decided.",
        "REFUND_PENDING": "A refund is on its way to the payer.",
        "REFUND_SUCCEEDED": "A refund went back to the payer.",
        "REFUND_FAILED": "A refund came back, or was refused.",
        "DISPUTE_OPENED": "The payer's bank took the money back and looks into it.",
        "DISPUTE_WON": "The payer's bank gave the money back to the seller.",
        "DISPUTE_LOST": "The payer's bank kept the money.",
        "CLAIMED": "A customer said that they had paid.",
        "CASE_OPENED": "A person was asked to look at it.",
        "CASE_RESOLVED": "What a person was asked to look at is found out.",
        "LINK_CREATED": "A payment link was made.",
        "LINK_USED": "A payment link was used.",
        "LINK_REVOKED": "A payment link was revoked.",
    },
    name="EvidenceFact",
)
describe(
    CaseStatus,
    "Where a support case stands.",
    {
        "OPEN": "Somebody looks at it, or the service still searches for the truth.",
        "RESOLVED": "It was found out. Final.",
    },
    name="SupportCaseStatus",
)
describe(
    CaseReason,
    "Why somebody has to look.",
    {
        "DEADLINE_PASSED": "The payer did their part, and the end of the payment could not be "
        "found out in time.",
        "UNDER_REVIEW": "The gateway reports money that does not match the attempt.",
        "CLAIM": "A customer says that they paid, and no safe match was found.",
        "REFUND_FAILED": "A refund came back, or has not gone out for a day: the payer has to get "
        "the money.",
        "SURPLUS": "More came by bank transfer than was due: the rest has to be given back by "
        "bank, and `recordOfflineRefund` closes the case.",
    },
    name="SupportCaseReason",
)
describe(
    LinkState,
    "Where a payment link stands.",
    {
        "OPEN": "It can be used.",
        "USED": "It led to a payment page, and does so once.",
        "REVOKED": "The seller's staff ended it.",
        "EXPIRED": "It was not used in time.",
        "SETTLED": "Its invoice changed or was settled in another way: the link is dead.",
    },
    name="PaymentLinkState",
)
