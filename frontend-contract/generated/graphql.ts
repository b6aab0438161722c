/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A person who is to receive invoices. */
export type AddBillingContactInput = {
  /** Where to mail invoices to. Each address can be added once. */
  email: string;
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** The person's language as a BCP 47 tag such as `de-DE`; absent: the account's. */
  locale?: string | null | undefined;
  /** The person's name: one line of 1 to 200 letters. */
  name: string;
};

/** Where a checkout stands. */
export type CheckoutStatus =
  /** The payment was captured and its invoices are settled. */
  | 'COMPLETE'
  /** The page was not used in time. Start a new checkout. */
  | 'EXPIRED'
  /** The payment failed or was canceled for good. Start a new checkout. */
  | 'FAILED'
  /** The gateway's page waits for the payer. A declined card leaves it open. */
  | 'OPEN'
  /** The payer has done their part; the money is on its way or being checked. */
  | 'PROCESSING';

/** What a customer says to have paid. */
export type ClaimPaidInput = {
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** The invoice's number: `INV-2627-000042`. */
  invoiceNumber: string;
  /** The day of the payment, in the last 180 days; the gateway is searched around it. */
  paidOn?: string | null | undefined;
  /** What the payment can be found by, such as the bank's reference: one line of up to 200 letters. */
  reference?: string | null | undefined;
};

/** Which checkout to ask the gateway about. */
export type ConfirmCheckoutInput = {
  /** The checkout's id. */
  checkoutSessionId: string;
};

/** Whether mail reaches a billing contact. */
export type ContactStatus =
  /** Receives invoices. */
  | 'ACTIVE'
  /** The address refused a mail for good. Changing it makes the contact ACTIVE. */
  | 'BOUNCING';

/** Which invoice to make a payment link for. */
export type CreatePaymentLinkInput = {
  /** How long it can be used: 1 to 720 hours. Absent: as long as the seller's policy says. */
  expiresInHours?: number | null | undefined;
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** The invoice's id. */
  invoiceId: string;
};

/** A range of days, both ends included. Without an end it is open. */
export type DateRange = {
  /** The first day. */
  from?: string | null | undefined;
  /** The last day. */
  to?: string | null | undefined;
};

/** Where one mail to one recipient stands. */
export type DeliveryState =
  /** The recipient's server refused it for good. */
  | 'BOUNCED'
  /** Could not be handed over; another try is planned. */
  | 'FAILED'
  /** Waits to be sent. */
  | 'QUEUED'
  /** Is being handed to the mail server. */
  | 'SENDING'
  /** The mail server took it. */
  | 'SENT';

/** Where a dispute stands. */
export type DisputeStatus =
  /** The payer's bank kept the money. */
  | 'LOST'
  /** The payer's bank took the money back and has not decided yet. */
  | 'OPEN'
  /** The payer's bank gave the money back to the seller. */
  | 'WON';

/** Where the PDF of an invoice or a receipt stands. */
export type DocumentState =
  /** Could not be printed; another try is planned. */
  | 'FAILED'
  /** Waits to be printed. */
  | 'QUEUED'
  /** Can be downloaded. Its bytes never change. */
  | 'READY'
  /** Is being printed. */
  | 'RENDERING';

/** What was seen or done. */
export type EvidenceFact =
  /** An attempt to pay was started. */
  | 'ATTEMPT_STARTED'
  /** A person was asked to look at it. */
  | 'CASE_OPENED'
  /** What a person was asked to look at is found out. */
  | 'CASE_RESOLVED'
  /** A customer said that they had paid. */
  | 'CLAIMED'
  /** The payer's bank, or the gateway, declined a try; the page waits for another. */
  | 'DECLINED'
  /** The payer's bank kept the money. */
  | 'DISPUTE_LOST'
  /** The payer's bank took the money back and looks into it. */
  | 'DISPUTE_OPENED'
  /** The payer's bank gave the money back to the seller. */
  | 'DISPUTE_WON'
  /** The gateway refused. */
  | 'GATEWAY_REFUSED'
  /** The gateway did not answer. */
  | 'GATEWAY_SILENT'
  /** A payment link was made. */
  | 'LINK_CREATED'
  /** A payment link was revoked. */
  | 'LINK_REVOKED'
  /** A payment link was used. */
  | 'LINK_USED'
  /** The gateway reported money that does not match the attempt. */
  | 'MISMATCH'
  /** We closed the gateway's page: nobody was to pay on it any more. */
  | 'PAGE_CLOSED'
  /** The gateway's page was opened. */
  | 'PAGE_OPENED'
  /** A bank transfer was received. */
  | 'PAID_OFFLINE'
  /** The payer came back from the gateway's page. */
  | 'PAYER_RETURNED'
  /** A refund came back, or was refused. */
  | 'REFUND_FAILED'
  /** A refund is on its way to the payer. */
  | 'REFUND_PENDING'
  /** A refund was decided. */
  | 'REFUND_REQUESTED'
  /** A refund went back to the payer. */
  | 'REFUND_SUCCEEDED'
  /** The gateway said that the amount was held and not taken. */
  | 'SEEN_AUTHORIZED'
  /** The gateway said that it was called off. */
  | 'SEEN_CANCELED'
  /** The gateway said that its page was not used in time. */
  | 'SEEN_EXPIRED'
  /** The gateway said that it failed. */
  | 'SEEN_FAILED'
  /** The gateway's page waited for the payer. */
  | 'SEEN_OPEN'
  /** The gateway said that it was paid. */
  | 'SEEN_PAID'
  /** The gateway said that the payment was on its way. */
  | 'SEEN_PROCESSING'
  /** Another attempt took the place of this one. */
  | 'SUPERSEDED'
  /** More was paid than was due. */
  | 'SURPLUS';

/** Where a piece of evidence came from. */
export type EvidenceSource =
  /** The gateway's own list of what happened was read. */
  | 'EVENT_LIST'
  /** The payer's own request: a checkout, a link, a claim. */
  | 'PAYER'
  /** The service asked the gateway by itself. */
  | 'POLL'
  /** The page that the payer came back to asked the gateway. */
  | 'RETURN'
  /** The service decided it from what it knew. */
  | 'SERVICE'
  /** The seller's staff, of any role. */
  | 'STAFF'
  /** A signed notice of the gateway. */
  | 'WEBHOOK';

/** What a screen shows of an invoice. Worked out when asked for, from its status, its due date and its payments. */
export type InvoiceDisplayStatus =
  /** It was settled, and the payer's bank looks into the payment. Nothing is to be paid while it does. */
  | 'DISPUTED'
  /** To be paid by its due date. */
  | 'DUE'
  /** Its due date is over, by the calendar of the account's time zone. */
  | 'OVERDUE'
  /** Settled in full. */
  | 'PAID'
  /** A part is paid; the rest is to be paid by the due date. */
  | 'PARTIALLY_PAID'
  /** A payment has left the payer's hands and its end is not known yet. Whoever has paid is never shown as due. */
  | 'PROCESSING'
  /** It was settled, and all of it was given back. Nothing is to be paid. */
  | 'REFUNDED'
  /** Written off. */
  | 'UNCOLLECTIBLE'
  /** Withdrawn: nothing is to be paid. */
  | 'VOID';

/** Conditions on invoices; those that are given must all hold. */
export type InvoiceFilter = {
  /** Shown as one of these. Absent or empty: as any. */
  displayStatus?: Array<InvoiceDisplayStatus> | null | undefined;
  /** Due in this range. */
  dueOn?: DateRange | null | undefined;
  /** Issued in this range. */
  issuedOn?: DateRange | null | undefined;
  /** Of one of these kinds. Absent or empty: USAGE, since add-on invoices are mailed, not listed. */
  kind?: Array<InvoiceKind> | null | undefined;
  /** With a number that starts so: 1 to 16 letters, digits, dashes and slashes, in capitals as on the invoice. */
  numberPrefix?: string | null | undefined;
};

/** Why an invoice was made. */
export type InvoiceKind =
  /** Made when a service was requested. Mailed, and listed only when asked for. */
  | 'ADD_ON'
  /** Made once a month for what was used in it. */
  | 'USAGE';

/** An invoice, by exactly one of these. */
export type InvoiceRef =
  {   /** Its id. */
  id: string; number?: never; }
  |  { id?: never;   /** Its number: `INV-2627-000042`. */
  number: string; };

/** Where an invoice stands in the books. For screens use `InvoiceDisplayStatus`. */
export type InvoiceStatus =
  /** Not issued yet: it has no number, and customers do not see it. */
  | 'DRAFT'
  /** Issued, and not settled yet. */
  | 'OPEN'
  /** Settled in full. */
  | 'PAID'
  /** Written off; a payment that still arrives settles it. */
  | 'UNCOLLECTIBLE'
  /** Withdrawn: nothing is to be paid. */
  | 'VOID';

/** What helps after something did not go through. */
export type NextAction =
  /** Try again and confirm with the bank when it asks. */
  | 'AUTHENTICATE'
  /** Ask the card's bank why it declines. */
  | 'CONTACT_BANK'
  /** Ask support: trying again does not help. */
  | 'CONTACT_SUPPORT'
  /** Pay with another card or method. */
  | 'NEW_CARD'
  /** Pay through the link that support sends. */
  | 'USE_LINK'
  /** Try again later; nothing is wrong with the card. */
  | 'WAIT';

/** Where a payment link stands. */
export type PaymentLinkState =
  /** It was not used in time. */
  | 'EXPIRED'
  /** It can be used. */
  | 'OPEN'
  /** The seller's staff ended it. */
  | 'REVOKED'
  /** Its invoice changed or was settled in another way: the link is dead. */
  | 'SETTLED'
  /** It led to a payment page, and does so once. */
  | 'USED';

/** Where one attempt to pay stands. */
export type PaymentStatus =
  /** It was called off. Money that turns up later is still captured. */
  | 'CANCELED'
  /** The money was taken and the invoices are settled. Final. */
  | 'CAPTURED'
  /** Its page was not used in time. Money that turns up later is still captured. */
  | 'EXPIRED'
  /** It did not go through. Money that turns up later is still captured. */
  | 'FAILED'
  /** A checkout page may be open; no money has moved. */
  | 'PENDING'
  /** The payer has done their part; the money is on its way. */
  | 'PROCESSING'
  /** The gateway reports money that does not match this attempt; people look at it before anything is marked as paid. */
  | 'UNDER_REVIEW';

/** What an account has subscribed to. */
export type Plan =
  /** No invoices section; what is still owed stays visible and payable. */
  | 'FREE'
  /** All invoices are listed. */
  | 'PAID';

/** A postal address. */
export type PostalAddressInput = {
  /** The city: one line of 1 to 200 letters. */
  city: string;
  /** The country in ISO 3166-1 alpha-2, in capitals: `IN`. */
  countryCode: string;
  /** Street, house, floor: up to 6 lines of up to 200 letters; blank ones are left out. */
  lines: Array<string>;
  /** The postal code; absent, null or blank: none. */
  postalCode?: string | null | undefined;
  /** The state or province; absent, null or blank: none. */
  region?: string | null | undefined;
};

/** What a payment is waiting for. */
export type ProgressReason =
  /** The payer's bank holds the amount; the gateway has not taken it yet. */
  | 'AUTHORIZED_ONLY'
  /** The payer has a page open and has not come back from it. */
  | 'AWAITING_PAYER'
  /** The payer's bank is working on it. Some methods take days. */
  | 'BANK_IS_PROCESSING'
  /** The payer came back; the gateway is asked whether they paid. */
  | 'CONFIRMING'
  /** A person looks at it. */
  | 'UNDER_REVIEW';

/** A bank transfer that the seller received for an invoice. */
export type RecordOfflinePaymentInput = {
  /** What was received, in the smallest units of the invoice's currency; at most what is due, unless it is `beyondDue`. */
  amount: string;
  /** The bank's reference: one line of up to 64 letters, of which case, spaces and hyphens do not count. An account's transfer of one reference counts once, whoever records it. */
  bankReference: string;
  /** Record it although it is more than is due, or nothing is due; what is beyond is owed to the payer until it is given back. A support case calls the seller's staff to do that. */
  beyondDue?: boolean;
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** The invoice's id. */
  invoiceId: string;
  /** The day on which the money arrived, in the last ten years: that of the payment's `capturedAt` in the account's time zone, and of its receipt. */
  receivedOn: string;
};

/** Money of a bank transfer that the seller's bank has sent back. */
export type RecordOfflineRefundInput = {
  /** What went back, in the smallest units of the payment's currency; at most what of it was not due, unless it is `beyondSurplus`: then at most what is left of it. */
  amount: string;
  /** The bank's reference: one line of up to 64 letters, of which case, spaces and hyphens do not count. What an account was given back under one reference counts once, whoever records it. */
  bankReference: string;
  /** Give back of what settled the invoice, too, once what was not due is used up. The invoice shows it as refunded, and is not due again. */
  beyondSurplus?: boolean;
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** Why, for the seller's records: one line of up to 300 letters. Customers do not see it. */
  note?: string | null | undefined;
  /** The id of the payment that `recordOfflinePayment` made of the transfer. */
  paymentId: string;
  /** The day on which the bank sent it: not before the day on which it came. It is that of the refund's `createdAt` in the account's time zone. */
  returnedOn: string;
};

/** What to give back of a payment, and why. */
export type RefundPaymentInput = {
  /** How much, in the smallest units of the charge currency; absent: all that is left of the payment. */
  charged?: string | null | undefined;
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** Why, for the seller's records: one line of up to 300 letters. Customers do not see it. */
  note: string;
  /** The payment's id. */
  paymentId: string;
};

/** Why money was given back. */
export type RefundReason =
  /** It was made at the gateway, past this service. */
  | 'AT_GATEWAY'
  /** The seller's staff gave it back. */
  | 'REQUESTED'
  /** More was paid than was due: the service gives the rest back by itself. */
  | 'SURPLUS';

/** Where a refund stands. */
export type RefundStatus =
  /** It came back, or the gateway refused it: the seller still has the money. Or it was called off: the surplus went back in another way. */
  | 'FAILED'
  /** The gateway took it on; the money is on its way to the payer. */
  | 'PENDING'
  /** Decided; the gateway is asked to give the money back. */
  | 'REQUESTED'
  /** The money went back to the payer. */
  | 'SUCCEEDED';

/** Which billing contact to remove. */
export type RemoveBillingContactInput = {
  /** The contact's id. */
  billingContactId: string;
};

/** Which invoice to mail again, and to whom. */
export type ResendInvoiceInput = {
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** The invoice's id. */
  invoiceId: string;
  /** The account's own address or that of one of its billing contacts, also of one whose mail came back. Absent or null: everybody who gets invoices now. */
  recipient?: string | null | undefined;
};

/** Which support case to close, and what was found out. */
export type ResolveSupportCaseInput = {
  /** What was found out: one line of up to 300 letters, which the customer reads. */
  resolution: string;
  /** The case's id. */
  supportCaseId: string;
};

/** Which payment link to end. */
export type RevokePaymentLinkInput = {
  /** The link's id. */
  paymentLinkId: string;
};

/** What somebody may do. OWNER, FINANCE and MEMBER belong to one account; SUPPORT and OPERATOR to the seller. */
export type Role =
  /** Does the account's books: reads, pays, and edits billing contacts. */
  | 'FINANCE'
  /** Belongs to the account: reads. */
  | 'MEMBER'
  /** Seller's staff that runs the service: does what SUPPORT does, refunds, and records bank transfers. */
  | 'OPERATOR'
  /** Owns the account: reads, pays, and edits billing contacts. */
  | 'OWNER'
  /** Seller's staff that answers customers: reads any account, works on support cases and makes payment links. */
  | 'SUPPORT';

/** Which candidate settles a claim, and why. */
export type SettleClaimInput = {
  /** The id of one of its candidates. */
  candidateId: string;
  /** Why it is this one: one line of up to 300 letters. It becomes the case's `resolution`, which the customer reads. */
  resolution: string;
  /** The case's id. */
  supportCaseId: string;
};

/** What to pay, and where to go afterwards. */
export type StartCheckoutInput = {
  /** Where the payer goes to turn back. Its origin must be one that the seller allows. */
  cancelUrl: string;
  /** A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII characters. Repeating the mutation with the same key and input answers the first result again and does nothing twice. */
  idempotencyKey: string;
  /** 1 to 50 invoices of one currency, each paid in full. */
  invoiceIds: Array<string>;
  /** Where the payer goes after paying. Its origin must be one that the seller allows. */
  successUrl: string;
};

/** Why somebody has to look. */
export type SupportCaseReason =
  /** A customer says that they paid, and no safe match was found. */
  | 'CLAIM'
  /** The payer did their part, and the end of the payment could not be found out in time. */
  | 'DEADLINE_PASSED'
  /** A refund came back, or has not gone out for a day: the payer has to get the money. */
  | 'REFUND_FAILED'
  /** More came by bank transfer than was due: the rest has to be given back by bank, and `recordOfflineRefund` closes the case. */
  | 'SURPLUS'
  /** The gateway reports money that does not match the attempt. */
  | 'UNDER_REVIEW';

/** Where a support case stands. */
export type SupportCaseStatus =
  /** Somebody looks at it, or the service still searches for the truth. */
  | 'OPEN'
  /** It was found out. Final. */
  | 'RESOLVED';

/** What to change of a billing contact. Absent fields stay. */
export type UpdateBillingContactInput = {
  /** The contact's id. */
  billingContactId: string;
  /** The new address; absent or null: as it is. */
  email?: string | null | undefined;
  /** The `version` that you read. If the contact changed since, nothing is written. */
  expectedVersion: number;
  /** The new language; absent or null: as it is. */
  locale?: string | null | undefined;
  /** The new name; absent or null: as it is. */
  name?: string | null | undefined;
};

/** What to change of what is printed on an account's next invoices. Absent fields stay as they are; null takes an address or a tax id away. */
export type UpdateBillingDetailsInput = {
  /** Whose, for the seller's staff. Absent or null: the viewer's own account. */
  accountId?: string | null | undefined;
  /** The new postal address, as a whole; absent: as it is; null: none. */
  address?: PostalAddressInput | null | undefined;
  /** The new address that receives every invoice; absent or null: as it is. */
  email?: string | null | undefined;
  /** The `version` that you read. If the account changed since, nothing is written. */
  expectedVersion: number;
  /** The new language as a BCP 47 tag such as `de-DE`; absent or null: as it is. */
  locale?: string | null | undefined;
  /** The new name: one line of 1 to 200 letters; absent or null: as it is. */
  name?: string | null | undefined;
  /** The new tax id: one line of up to 32 letters; absent: as it is; null or blank: none. */
  taxId?: string | null | undefined;
};

export type AccountCardFragment = { __typename: 'Account', id: string, name: string, email: string, plan: Plan, hasInvoicesSection: boolean, currency: string, chargeCurrency: string, locale: string, timeZone: string, invoicesSectionNotice: { __typename: 'SectionNotice', code: string, message: string } | null, balanceDue: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) } & { ' $fragmentName'?: 'AccountCardFragment' };

export type AccountDetailsFragment = (
  { __typename: 'Account', id: string, reference: string | null, version: number, taxId: string | null, address: { __typename: 'PostalAddress', lines: Array<string>, city: string, region: string | null, postalCode: string | null, countryCode: string } | null }
  & { ' $fragmentRefs'?: { 'AccountCardFragment': AccountCardFragment } }
) & { ' $fragmentName'?: 'AccountDetailsFragment' };

export type CandidateFieldsFragment = { __typename: 'ClaimCandidate', id: string, gateway: string, transactionId: string, payerEmail: string | null, capturedAt: string, amount: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) } & { ' $fragmentName'?: 'CandidateFieldsFragment' };

export type CaseCardFragment = { __typename: 'SupportCase', id: string, status: SupportCaseStatus, reason: SupportCaseReason, openedBy: string, note: string | null, resolution: string | null, resolvedBy: string | null, createdAt: string, resolvedAt: string | null, invoice: { __typename: 'Invoice', id: string, number: string | null, displayStatus: InvoiceDisplayStatus } | null, payment: { __typename: 'Payment', id: string, status: PaymentStatus, amount: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ) } | null } & { ' $fragmentName'?: 'CaseCardFragment' };

export type CaseDetailsFragment = (
  { __typename: 'SupportCase', id: string, account: { __typename: 'Account', id: string, name: string, email: string }, evidence: Array<(
    { __typename: 'StatusEvidence' }
    & { ' $fragmentRefs'?: { 'EvidenceFieldsFragment': EvidenceFieldsFragment } }
  )>, candidates: Array<(
    { __typename: 'ClaimCandidate' }
    & { ' $fragmentRefs'?: { 'CandidateFieldsFragment': CandidateFieldsFragment } }
  )> }
  & { ' $fragmentRefs'?: { 'CaseCardFragment': CaseCardFragment } }
) & { ' $fragmentName'?: 'CaseDetailsFragment' };

export type CheckoutStateFragment = { __typename: 'CheckoutSession', id: string, status: CheckoutStatus, url: string | null, expiresAt: string, amount: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), quote: (
    { __typename: 'Quote' }
    & { ' $fragmentRefs'?: { 'QuoteFieldsFragment': QuoteFieldsFragment } }
  ), payment: { __typename: 'Payment', id: string, status: PaymentStatus, capturedAt: string | null, failure: (
      { __typename: 'PaymentFailure' }
      & { ' $fragmentRefs'?: { 'FailureFieldsFragment': FailureFieldsFragment } }
    ) | null, method: { __typename: 'PaymentMethod', kind: string, brand: string | null, last4: string | null } | null }, invoices: Array<{ __typename: 'Invoice', id: string, number: string | null, status: InvoiceStatus, displayStatus: InvoiceDisplayStatus, isPayable: boolean, version: number, amountDue: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ) }>, progress: (
    { __typename: 'PaymentProgress' }
    & { ' $fragmentRefs'?: { 'ProgressFieldsFragment': ProgressFieldsFragment } }
  ) | null } & { ' $fragmentName'?: 'CheckoutStateFragment' };

export type ConflictFieldsFragment = { __typename: 'IdempotencyConflictError', firstUsedAt: string } & { ' $fragmentName'?: 'ConflictFieldsFragment' };

export type ContactFieldsFragment = { __typename: 'BillingContact', id: string, name: string, email: string, locale: string | null, status: ContactStatus, version: number } & { ' $fragmentName'?: 'ContactFieldsFragment' };

export type DeliveryFieldsFragment = { __typename: 'Delivery', id: string, recipient: string, resend: number, state: DeliveryState, createdAt: string, at: string, attempts: number, lastError: string | null } & { ' $fragmentName'?: 'DeliveryFieldsFragment' };

export type DisputeFieldsFragment = { __typename: 'Dispute', id: string, status: DisputeStatus, reason: string, openedAt: string, closedAt: string | null, charged: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) } & { ' $fragmentName'?: 'DisputeFieldsFragment' };

export type DocumentFieldsFragment = { __typename: 'InvoiceDocument', state: DocumentState, sha256: string | null, readyAt: string | null, retryAt: string | null, pdfUrl: string | null, viewUrl: string } & { ' $fragmentName'?: 'DocumentFieldsFragment' };

type EventFields_BillingContactChanged_Fragment = { __typename: 'BillingContactChanged', billingContactId: string, cursor: string, occurredAt: string, billingContact: (
    { __typename: 'BillingContact' }
    & { ' $fragmentRefs'?: { 'ContactFieldsFragment': ContactFieldsFragment } }
  ) | null } & { ' $fragmentName'?: 'EventFields_BillingContactChanged_Fragment' };

type EventFields_BillingDetailsChanged_Fragment = { __typename: 'BillingDetailsChanged', version: number, cursor: string, occurredAt: string, account: (
    { __typename: 'Account' }
    & { ' $fragmentRefs'?: { 'AccountDetailsFragment': AccountDetailsFragment } }
  ) } & { ' $fragmentName'?: 'EventFields_BillingDetailsChanged_Fragment' };

type EventFields_DeliveryStateChanged_Fragment = { __typename: 'DeliveryStateChanged', cursor: string, occurredAt: string, deliveryState: DeliveryState, invoice: { __typename: 'Invoice', id: string, number: string | null }, delivery: (
    { __typename: 'Delivery' }
    & { ' $fragmentRefs'?: { 'DeliveryFieldsFragment': DeliveryFieldsFragment } }
  ) } & { ' $fragmentName'?: 'EventFields_DeliveryStateChanged_Fragment' };

type EventFields_DisputeStatusChanged_Fragment = { __typename: 'DisputeStatusChanged', cursor: string, occurredAt: string, disputeStatus: DisputeStatus, dispute: (
    { __typename: 'Dispute' }
    & { ' $fragmentRefs'?: { 'DisputeFieldsFragment': DisputeFieldsFragment } }
  ), payment: { __typename: 'Payment', id: string, status: PaymentStatus } } & { ' $fragmentName'?: 'EventFields_DisputeStatusChanged_Fragment' };

type EventFields_DocumentStateChanged_Fragment = { __typename: 'DocumentStateChanged', cursor: string, occurredAt: string, documentState: DocumentState, invoice: { __typename: 'Invoice', id: string, number: string | null, document: (
      { __typename: 'InvoiceDocument' }
      & { ' $fragmentRefs'?: { 'DocumentFieldsFragment': DocumentFieldsFragment } }
    ) } } & { ' $fragmentName'?: 'EventFields_DocumentStateChanged_Fragment' };

type EventFields_InvoiceIssued_Fragment = { __typename: 'InvoiceIssued', cursor: string, occurredAt: string, invoice: (
    { __typename: 'Invoice' }
    & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
  ) } & { ' $fragmentName'?: 'EventFields_InvoiceIssued_Fragment' };

type EventFields_InvoiceStatusChanged_Fragment = { __typename: 'InvoiceStatusChanged', displayStatus: InvoiceDisplayStatus, cursor: string, occurredAt: string, invoiceStatus: InvoiceStatus, invoice: (
    { __typename: 'Invoice', amountPaid: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ), amountRefunded: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ) }
    & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
  ) } & { ' $fragmentName'?: 'EventFields_InvoiceStatusChanged_Fragment' };

type EventFields_PaymentLinkChanged_Fragment = { __typename: 'PaymentLinkChanged', cursor: string, occurredAt: string, invoice: { __typename: 'Invoice', id: string, number: string | null }, paymentLink: { __typename: 'PaymentLink', id: string, state: PaymentLinkState, expiresAt: string, usedAt: string | null, revokedAt: string | null } } & { ' $fragmentName'?: 'EventFields_PaymentLinkChanged_Fragment' };

type EventFields_PaymentSettlementRecorded_Fragment = { __typename: 'PaymentSettlementRecorded', cursor: string, occurredAt: string, payment: { __typename: 'Payment', id: string, status: PaymentStatus } } & { ' $fragmentName'?: 'EventFields_PaymentSettlementRecorded_Fragment' };

type EventFields_PaymentStatusChanged_Fragment = { __typename: 'PaymentStatusChanged', failureCode: string | null, cursor: string, occurredAt: string, paymentStatus: PaymentStatus, payment: (
    { __typename: 'Payment' }
    & { ' $fragmentRefs'?: { 'PaymentStateFragment': PaymentStateFragment } }
  ) } & { ' $fragmentName'?: 'EventFields_PaymentStatusChanged_Fragment' };

type EventFields_ReceiptStateChanged_Fragment = { __typename: 'ReceiptStateChanged', cursor: string, occurredAt: string, receiptState: DocumentState, payment: { __typename: 'Payment', id: string, receipt: (
      { __typename: 'PaymentReceipt' }
      & { ' $fragmentRefs'?: { 'ReceiptFieldsFragment': ReceiptFieldsFragment } }
    ) | null } } & { ' $fragmentName'?: 'EventFields_ReceiptStateChanged_Fragment' };

type EventFields_RefundStatusChanged_Fragment = { __typename: 'RefundStatusChanged', cursor: string, occurredAt: string, refundStatus: RefundStatus, refund: (
    { __typename: 'Refund' }
    & { ' $fragmentRefs'?: { 'RefundFieldsFragment': RefundFieldsFragment } }
  ), payment: { __typename: 'Payment', id: string, amountRefunded: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ) } } & { ' $fragmentName'?: 'EventFields_RefundStatusChanged_Fragment' };

type EventFields_SupportCaseChanged_Fragment = { __typename: 'SupportCaseChanged', cursor: string, occurredAt: string, caseStatus: SupportCaseStatus, supportCase: (
    { __typename: 'SupportCase' }
    & { ' $fragmentRefs'?: { 'CaseCardFragment': CaseCardFragment } }
  ) } & { ' $fragmentName'?: 'EventFields_SupportCaseChanged_Fragment' };

export type EventFieldsFragment =
  | EventFields_BillingContactChanged_Fragment
  | EventFields_BillingDetailsChanged_Fragment
  | EventFields_DeliveryStateChanged_Fragment
  | EventFields_DisputeStatusChanged_Fragment
  | EventFields_DocumentStateChanged_Fragment
  | EventFields_InvoiceIssued_Fragment
  | EventFields_InvoiceStatusChanged_Fragment
  | EventFields_PaymentLinkChanged_Fragment
  | EventFields_PaymentSettlementRecorded_Fragment
  | EventFields_PaymentStatusChanged_Fragment
  | EventFields_ReceiptStateChanged_Fragment
  | EventFields_RefundStatusChanged_Fragment
  | EventFields_SupportCaseChanged_Fragment
;

export type EvidenceFieldsFragment = { __typename: 'StatusEvidence', at: string, source: EvidenceSource, fact: EvidenceFact, message: string, note: string | null, reference: string | null, matches: boolean | null, nextCheckAt: string | null, amount: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) | null, expected: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) | null } & { ' $fragmentName'?: 'EvidenceFieldsFragment' };

export type FailureFieldsFragment = { __typename: 'PaymentFailure', code: string, message: string, nextAction: NextAction } & { ' $fragmentName'?: 'FailureFieldsFragment' };

export type GatewayUnavailableFieldsFragment = { __typename: 'GatewayUnavailableError', retryAt: string, nextAction: NextAction, paymentLink: (
    { __typename: 'PaymentLink' }
    & { ' $fragmentRefs'?: { 'PaymentLinkFieldsFragment': PaymentLinkFieldsFragment } }
  ) | null } & { ' $fragmentName'?: 'GatewayUnavailableFieldsFragment' };

export type InvoiceCardFragment = { __typename: 'Invoice', id: string, number: string | null, kind: InvoiceKind, status: InvoiceStatus, displayStatus: InvoiceDisplayStatus, isOverdue: boolean, isPayable: boolean, issuedOn: string | null, dueOn: string | null, currency: string, version: number, createdAt: string, updatedAt: string, period: { __typename: 'BillingPeriod', start: string, end: string } | null, total: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), amountDue: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), chargeEstimate: (
    { __typename: 'Quote' }
    & { ' $fragmentRefs'?: { 'QuoteFieldsFragment': QuoteFieldsFragment } }
  ) | null, document: (
    { __typename: 'InvoiceDocument' }
    & { ' $fragmentRefs'?: { 'DocumentFieldsFragment': DocumentFieldsFragment } }
  ), progress: (
    { __typename: 'PaymentProgress' }
    & { ' $fragmentRefs'?: { 'ProgressFieldsFragment': ProgressFieldsFragment } }
  ) | null } & { ' $fragmentName'?: 'InvoiceCardFragment' };

export type InvoiceDetailsFragment = (
  { __typename: 'Invoice', id: string, account: { __typename: 'Account', id: string, name: string }, subtotal: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), tax: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), taxes: Array<{ __typename: 'TaxAmount', name: string, rate: string, base: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ), amount: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ) }>, amountPaid: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), amountRefunded: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), lineItems: Array<{ __typename: 'LineItem', description: string, quantity: string, unitPrice: string, amount: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ) }>, deliveries: Array<(
    { __typename: 'Delivery' }
    & { ' $fragmentRefs'?: { 'DeliveryFieldsFragment': DeliveryFieldsFragment } }
  )>, statusEvidence: Array<(
    { __typename: 'StatusEvidence' }
    & { ' $fragmentRefs'?: { 'EvidenceFieldsFragment': EvidenceFieldsFragment } }
  )> }
  & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
) & { ' $fragmentName'?: 'InvoiceDetailsFragment' };

export type MoneyFieldsFragment = { __typename: 'Money', minorUnits: string, amount: string, currency: string } & { ' $fragmentName'?: 'MoneyFieldsFragment' };

export type NotPayableFieldsFragment = { __typename: 'InvoiceNotPayableError', invoice: (
    { __typename: 'Invoice' }
    & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
  ) } & { ' $fragmentName'?: 'NotPayableFieldsFragment' };

export type PageFieldsFragment = { __typename: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } & { ' $fragmentName'?: 'PageFieldsFragment' };

export type PaymentCardFragment = { __typename: 'Payment', id: string, status: PaymentStatus, createdAt: string, capturedAt: string | null, bankReference: string | null, amount: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), quote: (
    { __typename: 'Quote' }
    & { ' $fragmentRefs'?: { 'QuoteFieldsFragment': QuoteFieldsFragment } }
  ), method: { __typename: 'PaymentMethod', kind: string, brand: string | null, last4: string | null } | null, failure: (
    { __typename: 'PaymentFailure' }
    & { ' $fragmentRefs'?: { 'FailureFieldsFragment': FailureFieldsFragment } }
  ) | null, amountRefunded: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), refunds: Array<(
    { __typename: 'Refund' }
    & { ' $fragmentRefs'?: { 'RefundFieldsFragment': RefundFieldsFragment } }
  )>, disputes: Array<(
    { __typename: 'Dispute' }
    & { ' $fragmentRefs'?: { 'DisputeFieldsFragment': DisputeFieldsFragment } }
  )>, receipt: (
    { __typename: 'PaymentReceipt' }
    & { ' $fragmentRefs'?: { 'ReceiptFieldsFragment': ReceiptFieldsFragment } }
  ) | null } & { ' $fragmentName'?: 'PaymentCardFragment' };

export type PaymentLinkFieldsFragment = { __typename: 'PaymentLink', id: string, state: PaymentLinkState, url: string | null, createdAt: string, expiresAt: string, usedAt: string | null, revokedAt: string | null, amount: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) } & { ' $fragmentName'?: 'PaymentLinkFieldsFragment' };

export type PaymentStateFragment = { __typename: 'Payment', id: string, status: PaymentStatus, capturedAt: string | null, method: { __typename: 'PaymentMethod', kind: string, brand: string | null, last4: string | null } | null, failure: (
    { __typename: 'PaymentFailure' }
    & { ' $fragmentRefs'?: { 'FailureFieldsFragment': FailureFieldsFragment } }
  ) | null, amount: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), quote: (
    { __typename: 'Quote' }
    & { ' $fragmentRefs'?: { 'QuoteFieldsFragment': QuoteFieldsFragment } }
  ), allocations: Array<{ __typename: 'PaymentAllocation', invoice: { __typename: 'Invoice', id: string, number: string | null, displayStatus: InvoiceDisplayStatus } }> } & { ' $fragmentName'?: 'PaymentStateFragment' };

export type ProgressFieldsFragment = { __typename: 'PaymentProgress', state: PaymentStatus | null, reason: ProgressReason, nextCheckAt: string | null, deadlineAt: string | null, supportCase: { __typename: 'SupportCase', id: string, status: SupportCaseStatus, reason: SupportCaseReason } | null } & { ' $fragmentName'?: 'ProgressFieldsFragment' };

export type QuoteFieldsFragment = { __typename: 'Quote', rate: string, base: string, quote: string, source: string, asOf: string, validUntil: string | null, charged: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) } & { ' $fragmentName'?: 'QuoteFieldsFragment' };

export type RateUnavailableFieldsFragment = { __typename: 'ExchangeRateUnavailableError', base: string, quote: string, asOf: string | null } & { ' $fragmentName'?: 'RateUnavailableFieldsFragment' };

export type ReceiptFieldsFragment = { __typename: 'PaymentReceipt', number: string, state: DocumentState, sha256: string | null, readyAt: string | null, retryAt: string | null, pdfUrl: string | null } & { ' $fragmentName'?: 'ReceiptFieldsFragment' };

export type RefundFieldsFragment = { __typename: 'Refund', id: string, status: RefundStatus, reason: RefundReason, createdAt: string, updatedAt: string, failureCode: string | null, requestedBy: string | null, note: string | null, charged: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ), amount: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) } & { ' $fragmentName'?: 'RefundFieldsFragment' };

export type SettlementFieldsFragment = { __typename: 'Payment', id: string, settlement: { __typename: 'PaymentSettlement', rate: string | null, gross: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ), fee: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ), net: (
      { __typename: 'Money' }
      & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
    ) } | null, slippage: (
    { __typename: 'Money' }
    & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
  ) | null } & { ' $fragmentName'?: 'SettlementFieldsFragment' };

export type TooSoonFieldsFragment = { __typename: 'TooSoonError', retryAt: string } & { ' $fragmentName'?: 'TooSoonFieldsFragment' };

type UserErrorFields_CheckoutRefusedError_Fragment = { __typename: 'CheckoutRefusedError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_CheckoutRefusedError_Fragment' };

type UserErrorFields_ExchangeRateUnavailableError_Fragment = { __typename: 'ExchangeRateUnavailableError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_ExchangeRateUnavailableError_Fragment' };

type UserErrorFields_ForbiddenError_Fragment = { __typename: 'ForbiddenError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_ForbiddenError_Fragment' };

type UserErrorFields_GatewayUnavailableError_Fragment = { __typename: 'GatewayUnavailableError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_GatewayUnavailableError_Fragment' };

type UserErrorFields_IdempotencyConflictError_Fragment = { __typename: 'IdempotencyConflictError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_IdempotencyConflictError_Fragment' };

type UserErrorFields_InvoiceNotPayableError_Fragment = { __typename: 'InvoiceNotPayableError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_InvoiceNotPayableError_Fragment' };

type UserErrorFields_NotFoundError_Fragment = { __typename: 'NotFoundError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_NotFoundError_Fragment' };

type UserErrorFields_StaleVersionError_Fragment = { __typename: 'StaleVersionError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_StaleVersionError_Fragment' };

type UserErrorFields_TooSoonError_Fragment = { __typename: 'TooSoonError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_TooSoonError_Fragment' };

type UserErrorFields_ValidationError_Fragment = { __typename: 'ValidationError', code: string, message: string } & { ' $fragmentName'?: 'UserErrorFields_ValidationError_Fragment' };

export type UserErrorFieldsFragment =
  | UserErrorFields_CheckoutRefusedError_Fragment
  | UserErrorFields_ExchangeRateUnavailableError_Fragment
  | UserErrorFields_ForbiddenError_Fragment
  | UserErrorFields_GatewayUnavailableError_Fragment
  | UserErrorFields_IdempotencyConflictError_Fragment
  | UserErrorFields_InvoiceNotPayableError_Fragment
  | UserErrorFields_NotFoundError_Fragment
  | UserErrorFields_StaleVersionError_Fragment
  | UserErrorFields_TooSoonError_Fragment
  | UserErrorFields_ValidationError_Fragment
;

export type ValidationErrorFieldsFragment = { __typename: 'ValidationError', issues: Array<{ __typename: 'InputIssue', path: Array<string>, code: string, message: string }> } & { ' $fragmentName'?: 'ValidationErrorFieldsFragment' };

export type AccountsQueryVariables = Exact<{
  search?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type AccountsQuery = { __typename: 'Query', accounts: { __typename: 'AccountConnection', pageInfo: (
      { __typename: 'PageInfo' }
      & { ' $fragmentRefs'?: { 'PageFieldsFragment': PageFieldsFragment } }
    ), edges: Array<{ __typename: 'AccountEdge', cursor: string, node: (
        { __typename: 'Account', reference: string | null }
        & { ' $fragmentRefs'?: { 'AccountCardFragment': AccountCardFragment } }
      ) }> } };

export type AddBillingContactMutationVariables = Exact<{
  input: AddBillingContactInput;
}>;


export type AddBillingContactMutation = { __typename: 'Mutation', addBillingContact:
    | { __typename: 'AddBillingContactSuccess', billingContact: (
        { __typename: 'BillingContact' }
        & { ' $fragmentRefs'?: { 'ContactFieldsFragment': ContactFieldsFragment } }
      ) }
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type BillingContactsQueryVariables = Exact<{ [key: string]: never; }>;


export type BillingContactsQuery = { __typename: 'Query', viewer: { __typename: 'Viewer', email: string, role: Role, account: { __typename: 'Account', id: string, email: string, billingContacts: Array<(
        { __typename: 'BillingContact' }
        & { ' $fragmentRefs'?: { 'ContactFieldsFragment': ContactFieldsFragment } }
      )> } | null } };

export type BillingDetailsQueryVariables = Exact<{ [key: string]: never; }>;


export type BillingDetailsQuery = { __typename: 'Query', viewer: { __typename: 'Viewer', email: string, role: Role, account: (
      { __typename: 'Account' }
      & { ' $fragmentRefs'?: { 'AccountDetailsFragment': AccountDetailsFragment } }
    ) | null } };

export type BillingEventPageQueryVariables = Exact<{
  after?: string | null | undefined;
  first?: number | null | undefined;
  accountId?: string | null | undefined;
}>;


export type BillingEventPageQuery = { __typename: 'Query', billingEvents: { __typename: 'BillingEventPage', endCursor: string, hasMore: boolean, events: Array<
      | (
        { __typename: 'BillingContactChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_BillingContactChanged_Fragment': EventFields_BillingContactChanged_Fragment } }
      )
      | (
        { __typename: 'BillingDetailsChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_BillingDetailsChanged_Fragment': EventFields_BillingDetailsChanged_Fragment } }
      )
      | (
        { __typename: 'DeliveryStateChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_DeliveryStateChanged_Fragment': EventFields_DeliveryStateChanged_Fragment } }
      )
      | (
        { __typename: 'DisputeStatusChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_DisputeStatusChanged_Fragment': EventFields_DisputeStatusChanged_Fragment } }
      )
      | (
        { __typename: 'DocumentStateChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_DocumentStateChanged_Fragment': EventFields_DocumentStateChanged_Fragment } }
      )
      | (
        { __typename: 'InvoiceIssued' }
        & { ' $fragmentRefs'?: { 'EventFields_InvoiceIssued_Fragment': EventFields_InvoiceIssued_Fragment } }
      )
      | (
        { __typename: 'InvoiceStatusChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_InvoiceStatusChanged_Fragment': EventFields_InvoiceStatusChanged_Fragment } }
      )
      | (
        { __typename: 'PaymentLinkChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_PaymentLinkChanged_Fragment': EventFields_PaymentLinkChanged_Fragment } }
      )
      | (
        { __typename: 'PaymentSettlementRecorded' }
        & { ' $fragmentRefs'?: { 'EventFields_PaymentSettlementRecorded_Fragment': EventFields_PaymentSettlementRecorded_Fragment } }
      )
      | (
        { __typename: 'PaymentStatusChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_PaymentStatusChanged_Fragment': EventFields_PaymentStatusChanged_Fragment } }
      )
      | (
        { __typename: 'ReceiptStateChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_ReceiptStateChanged_Fragment': EventFields_ReceiptStateChanged_Fragment } }
      )
      | (
        { __typename: 'RefundStatusChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_RefundStatusChanged_Fragment': EventFields_RefundStatusChanged_Fragment } }
      )
      | (
        { __typename: 'SupportCaseChanged' }
        & { ' $fragmentRefs'?: { 'EventFields_SupportCaseChanged_Fragment': EventFields_SupportCaseChanged_Fragment } }
      )
    > } };

export type BillingEventsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  accountId?: string | null | undefined;
}>;


export type BillingEventsSubscription = { __typename: 'Subscription', billingEvents:
    | (
      { __typename: 'BillingContactChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_BillingContactChanged_Fragment': EventFields_BillingContactChanged_Fragment } }
    )
    | (
      { __typename: 'BillingDetailsChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_BillingDetailsChanged_Fragment': EventFields_BillingDetailsChanged_Fragment } }
    )
    | (
      { __typename: 'DeliveryStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DeliveryStateChanged_Fragment': EventFields_DeliveryStateChanged_Fragment } }
    )
    | (
      { __typename: 'DisputeStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DisputeStatusChanged_Fragment': EventFields_DisputeStatusChanged_Fragment } }
    )
    | (
      { __typename: 'DocumentStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DocumentStateChanged_Fragment': EventFields_DocumentStateChanged_Fragment } }
    )
    | (
      { __typename: 'InvoiceIssued' }
      & { ' $fragmentRefs'?: { 'EventFields_InvoiceIssued_Fragment': EventFields_InvoiceIssued_Fragment } }
    )
    | (
      { __typename: 'InvoiceStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_InvoiceStatusChanged_Fragment': EventFields_InvoiceStatusChanged_Fragment } }
    )
    | (
      { __typename: 'PaymentLinkChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentLinkChanged_Fragment': EventFields_PaymentLinkChanged_Fragment } }
    )
    | (
      { __typename: 'PaymentSettlementRecorded' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentSettlementRecorded_Fragment': EventFields_PaymentSettlementRecorded_Fragment } }
    )
    | (
      { __typename: 'PaymentStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentStatusChanged_Fragment': EventFields_PaymentStatusChanged_Fragment } }
    )
    | (
      { __typename: 'ReceiptStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_ReceiptStateChanged_Fragment': EventFields_ReceiptStateChanged_Fragment } }
    )
    | (
      { __typename: 'RefundStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_RefundStatusChanged_Fragment': EventFields_RefundStatusChanged_Fragment } }
    )
    | (
      { __typename: 'SupportCaseChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_SupportCaseChanged_Fragment': EventFields_SupportCaseChanged_Fragment } }
    )
   };

export type CheckoutEventsSubscriptionVariables = Exact<{
  checkoutSessionId: string;
  after?: string | null | undefined;
}>;


export type CheckoutEventsSubscription = { __typename: 'Subscription', checkoutEvents:
    | (
      { __typename: 'BillingContactChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_BillingContactChanged_Fragment': EventFields_BillingContactChanged_Fragment } }
    )
    | (
      { __typename: 'BillingDetailsChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_BillingDetailsChanged_Fragment': EventFields_BillingDetailsChanged_Fragment } }
    )
    | (
      { __typename: 'DeliveryStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DeliveryStateChanged_Fragment': EventFields_DeliveryStateChanged_Fragment } }
    )
    | (
      { __typename: 'DisputeStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DisputeStatusChanged_Fragment': EventFields_DisputeStatusChanged_Fragment } }
    )
    | (
      { __typename: 'DocumentStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DocumentStateChanged_Fragment': EventFields_DocumentStateChanged_Fragment } }
    )
    | (
      { __typename: 'InvoiceIssued' }
      & { ' $fragmentRefs'?: { 'EventFields_InvoiceIssued_Fragment': EventFields_InvoiceIssued_Fragment } }
    )
    | (
      { __typename: 'InvoiceStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_InvoiceStatusChanged_Fragment': EventFields_InvoiceStatusChanged_Fragment } }
    )
    | (
      { __typename: 'PaymentLinkChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentLinkChanged_Fragment': EventFields_PaymentLinkChanged_Fragment } }
    )
    | (
      { __typename: 'PaymentSettlementRecorded' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentSettlementRecorded_Fragment': EventFields_PaymentSettlementRecorded_Fragment } }
    )
    | (
      { __typename: 'PaymentStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentStatusChanged_Fragment': EventFields_PaymentStatusChanged_Fragment } }
    )
    | (
      { __typename: 'ReceiptStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_ReceiptStateChanged_Fragment': EventFields_ReceiptStateChanged_Fragment } }
    )
    | (
      { __typename: 'RefundStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_RefundStatusChanged_Fragment': EventFields_RefundStatusChanged_Fragment } }
    )
    | (
      { __typename: 'SupportCaseChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_SupportCaseChanged_Fragment': EventFields_SupportCaseChanged_Fragment } }
    )
   };

export type CheckoutSessionQueryVariables = Exact<{
  id: string;
}>;


export type CheckoutSessionQuery = { __typename: 'Query', checkoutSession: (
    { __typename: 'CheckoutSession' }
    & { ' $fragmentRefs'?: { 'CheckoutStateFragment': CheckoutStateFragment } }
  ) | null };

export type ClaimPaidMutationVariables = Exact<{
  input: ClaimPaidInput;
}>;


export type ClaimPaidMutation = { __typename: 'Mutation', claimPaid:
    | { __typename: 'ClaimSettled', invoice: (
        { __typename: 'Invoice' }
        & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
      ), payment: (
        { __typename: 'Payment' }
        & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment } }
      ) | null }
    | { __typename: 'ClaimUnderReview', supportCase: (
        { __typename: 'SupportCase' }
        & { ' $fragmentRefs'?: { 'CaseCardFragment': CaseCardFragment } }
      ) }
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'GatewayUnavailableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_GatewayUnavailableError_Fragment': UserErrorFields_GatewayUnavailableError_Fragment;'GatewayUnavailableFieldsFragment': GatewayUnavailableFieldsFragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type ConfirmCheckoutMutationVariables = Exact<{
  input: ConfirmCheckoutInput;
}>;


export type ConfirmCheckoutMutation = { __typename: 'Mutation', confirmCheckout:
    | { __typename: 'ConfirmCheckoutSuccess', checkoutSession: (
        { __typename: 'CheckoutSession' }
        & { ' $fragmentRefs'?: { 'CheckoutStateFragment': CheckoutStateFragment } }
      ) }
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'GatewayUnavailableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_GatewayUnavailableError_Fragment': UserErrorFields_GatewayUnavailableError_Fragment;'GatewayUnavailableFieldsFragment': GatewayUnavailableFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
   };

export type CreatePaymentLinkMutationVariables = Exact<{
  input: CreatePaymentLinkInput;
}>;


export type CreatePaymentLinkMutation = { __typename: 'Mutation', createPaymentLink:
    | { __typename: 'CreatePaymentLinkSuccess', paymentLink: (
        { __typename: 'PaymentLink' }
        & { ' $fragmentRefs'?: { 'PaymentLinkFieldsFragment': PaymentLinkFieldsFragment } }
      ) }
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'InvoiceNotPayableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_InvoiceNotPayableError_Fragment': UserErrorFields_InvoiceNotPayableError_Fragment;'NotPayableFieldsFragment': NotPayableFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type InvoiceQueryVariables = Exact<{
  by: InvoiceRef;
}>;


export type InvoiceQuery = { __typename: 'Query', invoice: (
    { __typename: 'Invoice', payments: { __typename: 'PaymentConnection', totalCount: number, nodes: Array<(
        { __typename: 'Payment' }
        & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment } }
      )> } }
    & { ' $fragmentRefs'?: { 'InvoiceDetailsFragment': InvoiceDetailsFragment } }
  ) | null };

export type InvoiceDocumentQueryVariables = Exact<{
  id: string;
}>;


export type InvoiceDocumentQuery = { __typename: 'Query', invoice: { __typename: 'Invoice', id: string, number: string | null, document: (
      { __typename: 'InvoiceDocument' }
      & { ' $fragmentRefs'?: { 'DocumentFieldsFragment': DocumentFieldsFragment } }
    ) } | null };

export type InvoiceEventsSubscriptionVariables = Exact<{
  invoiceId: string;
  after?: string | null | undefined;
}>;


export type InvoiceEventsSubscription = { __typename: 'Subscription', invoiceEvents:
    | (
      { __typename: 'BillingContactChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_BillingContactChanged_Fragment': EventFields_BillingContactChanged_Fragment } }
    )
    | (
      { __typename: 'BillingDetailsChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_BillingDetailsChanged_Fragment': EventFields_BillingDetailsChanged_Fragment } }
    )
    | (
      { __typename: 'DeliveryStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DeliveryStateChanged_Fragment': EventFields_DeliveryStateChanged_Fragment } }
    )
    | (
      { __typename: 'DisputeStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DisputeStatusChanged_Fragment': EventFields_DisputeStatusChanged_Fragment } }
    )
    | (
      { __typename: 'DocumentStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_DocumentStateChanged_Fragment': EventFields_DocumentStateChanged_Fragment } }
    )
    | (
      { __typename: 'InvoiceIssued' }
      & { ' $fragmentRefs'?: { 'EventFields_InvoiceIssued_Fragment': EventFields_InvoiceIssued_Fragment } }
    )
    | (
      { __typename: 'InvoiceStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_InvoiceStatusChanged_Fragment': EventFields_InvoiceStatusChanged_Fragment } }
    )
    | (
      { __typename: 'PaymentLinkChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentLinkChanged_Fragment': EventFields_PaymentLinkChanged_Fragment } }
    )
    | (
      { __typename: 'PaymentSettlementRecorded' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentSettlementRecorded_Fragment': EventFields_PaymentSettlementRecorded_Fragment } }
    )
    | (
      { __typename: 'PaymentStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_PaymentStatusChanged_Fragment': EventFields_PaymentStatusChanged_Fragment } }
    )
    | (
      { __typename: 'ReceiptStateChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_ReceiptStateChanged_Fragment': EventFields_ReceiptStateChanged_Fragment } }
    )
    | (
      { __typename: 'RefundStatusChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_RefundStatusChanged_Fragment': EventFields_RefundStatusChanged_Fragment } }
    )
    | (
      { __typename: 'SupportCaseChanged' }
      & { ' $fragmentRefs'?: { 'EventFields_SupportCaseChanged_Fragment': EventFields_SupportCaseChanged_Fragment } }
    )
   };

export type InvoicesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: InvoiceFilter | null | undefined;
}>;


export type InvoicesQuery = { __typename: 'Query', viewer: { __typename: 'Viewer', email: string, role: Role, account: { __typename: 'Account', id: string, plan: Plan, hasInvoicesSection: boolean, invoicesSectionNotice: { __typename: 'SectionNotice', code: string, message: string } | null, balanceDue: (
        { __typename: 'Money' }
        & { ' $fragmentRefs'?: { 'MoneyFieldsFragment': MoneyFieldsFragment } }
      ), invoices: { __typename: 'InvoiceConnection', totalCount: number, pageInfo: (
          { __typename: 'PageInfo' }
          & { ' $fragmentRefs'?: { 'PageFieldsFragment': PageFieldsFragment } }
        ), edges: Array<{ __typename: 'InvoiceEdge', cursor: string, node: (
            { __typename: 'Invoice' }
            & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
          ) }> } } | null } };

export type PayableInvoicesQueryVariables = Exact<{
  ids: Array<string> | string;
}>;


export type PayableInvoicesQuery = { __typename: 'Query', nodes: Array<
    | { __typename: 'Account' }
    | { __typename: 'BillingContact' }
    | { __typename: 'CheckoutSession' }
    | (
      { __typename: 'Invoice' }
      & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
    )
    | { __typename: 'Payment' }
    | { __typename: 'PaymentLink' }
    | { __typename: 'SupportCase' }
   | null> };

export type PaymentsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type PaymentsQuery = { __typename: 'Query', viewer: { __typename: 'Viewer', email: string, role: Role, account: { __typename: 'Account', id: string, payments: { __typename: 'PaymentConnection', totalCount: number, pageInfo: (
          { __typename: 'PageInfo' }
          & { ' $fragmentRefs'?: { 'PageFieldsFragment': PageFieldsFragment } }
        ), edges: Array<{ __typename: 'PaymentEdge', cursor: string, node: (
            { __typename: 'Payment', allocations: Array<{ __typename: 'PaymentAllocation', invoice: { __typename: 'Invoice', id: string, number: string | null } }> }
            & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment } }
          ) }> } } | null } };

export type RecordOfflinePaymentMutationVariables = Exact<{
  input: RecordOfflinePaymentInput;
}>;


export type RecordOfflinePaymentMutation = { __typename: 'Mutation', recordOfflinePayment:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'InvoiceNotPayableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_InvoiceNotPayableError_Fragment': UserErrorFields_InvoiceNotPayableError_Fragment;'NotPayableFieldsFragment': NotPayableFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'RecordOfflinePaymentSuccess', payment: (
        { __typename: 'Payment' }
        & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type RecordOfflineRefundMutationVariables = Exact<{
  input: RecordOfflineRefundInput;
}>;


export type RecordOfflineRefundMutation = { __typename: 'Mutation', recordOfflineRefund:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'RecordOfflineRefundSuccess', refund: (
        { __typename: 'Refund', bankReference: string | null }
        & { ' $fragmentRefs'?: { 'RefundFieldsFragment': RefundFieldsFragment } }
      ), payment: (
        { __typename: 'Payment' }
        & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type RefundPaymentMutationVariables = Exact<{
  input: RefundPaymentInput;
}>;


export type RefundPaymentMutation = { __typename: 'Mutation', refundPayment:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'RefundPaymentSuccess', refund: (
        { __typename: 'Refund' }
        & { ' $fragmentRefs'?: { 'RefundFieldsFragment': RefundFieldsFragment } }
      ), payment: (
        { __typename: 'Payment' }
        & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type RemoveBillingContactMutationVariables = Exact<{
  input: RemoveBillingContactInput;
}>;


export type RemoveBillingContactMutation = { __typename: 'Mutation', removeBillingContact:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'RemoveBillingContactSuccess', billingContactId: string }
   };

export type ResendInvoiceMutationVariables = Exact<{
  input: ResendInvoiceInput;
}>;


export type ResendInvoiceMutation = { __typename: 'Mutation', resendInvoice:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'ResendInvoiceSuccess', invoice: { __typename: 'Invoice', id: string, deliveries: Array<(
          { __typename: 'Delivery' }
          & { ' $fragmentRefs'?: { 'DeliveryFieldsFragment': DeliveryFieldsFragment } }
        )> }, deliveries: Array<(
        { __typename: 'Delivery' }
        & { ' $fragmentRefs'?: { 'DeliveryFieldsFragment': DeliveryFieldsFragment } }
      )> }
    | (
      { __typename: 'TooSoonError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_TooSoonError_Fragment': UserErrorFields_TooSoonError_Fragment;'TooSoonFieldsFragment': TooSoonFieldsFragment } }
    )
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type ResolveSupportCaseMutationVariables = Exact<{
  input: ResolveSupportCaseInput;
}>;


export type ResolveSupportCaseMutation = { __typename: 'Mutation', resolveSupportCase:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'ResolveSupportCaseSuccess', supportCase: (
        { __typename: 'SupportCase' }
        & { ' $fragmentRefs'?: { 'CaseCardFragment': CaseCardFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type RevokePaymentLinkMutationVariables = Exact<{
  input: RevokePaymentLinkInput;
}>;


export type RevokePaymentLinkMutation = { __typename: 'Mutation', revokePaymentLink:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'RevokePaymentLinkSuccess', paymentLink: (
        { __typename: 'PaymentLink' }
        & { ' $fragmentRefs'?: { 'PaymentLinkFieldsFragment': PaymentLinkFieldsFragment } }
      ) }
   };

export type SettleClaimMutationVariables = Exact<{
  input: SettleClaimInput;
}>;


export type SettleClaimMutation = { __typename: 'Mutation', settleClaim:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'GatewayUnavailableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_GatewayUnavailableError_Fragment': UserErrorFields_GatewayUnavailableError_Fragment;'GatewayUnavailableFieldsFragment': GatewayUnavailableFieldsFragment } }
    )
    | (
      { __typename: 'InvoiceNotPayableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_InvoiceNotPayableError_Fragment': UserErrorFields_InvoiceNotPayableError_Fragment;'NotPayableFieldsFragment': NotPayableFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'SettleClaimSuccess', supportCase: (
        { __typename: 'SupportCase' }
        & { ' $fragmentRefs'?: { 'CaseCardFragment': CaseCardFragment } }
      ), payment: (
        { __typename: 'Payment' }
        & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type StaffAccountQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: InvoiceFilter | null | undefined;
}>;


export type StaffAccountQuery = { __typename: 'Query', account: (
    { __typename: 'Account', billingContacts: Array<(
      { __typename: 'BillingContact' }
      & { ' $fragmentRefs'?: { 'ContactFieldsFragment': ContactFieldsFragment } }
    )>, invoices: { __typename: 'InvoiceConnection', totalCount: number, pageInfo: (
        { __typename: 'PageInfo' }
        & { ' $fragmentRefs'?: { 'PageFieldsFragment': PageFieldsFragment } }
      ), edges: Array<{ __typename: 'InvoiceEdge', cursor: string, node: (
          { __typename: 'Invoice' }
          & { ' $fragmentRefs'?: { 'InvoiceCardFragment': InvoiceCardFragment } }
        ) }> }, supportCases: { __typename: 'SupportCaseConnection', totalCount: number, nodes: Array<(
        { __typename: 'SupportCase' }
        & { ' $fragmentRefs'?: { 'CaseCardFragment': CaseCardFragment } }
      )> } }
    & { ' $fragmentRefs'?: { 'AccountDetailsFragment': AccountDetailsFragment } }
  ) | null };

export type StaffInvoiceQueryVariables = Exact<{
  by: InvoiceRef;
}>;


export type StaffInvoiceQuery = { __typename: 'Query', invoice: (
    { __typename: 'Invoice', payments: { __typename: 'PaymentConnection', totalCount: number, nodes: Array<(
        { __typename: 'Payment' }
        & { ' $fragmentRefs'?: { 'PaymentCardFragment': PaymentCardFragment;'SettlementFieldsFragment': SettlementFieldsFragment } }
      )> }, paymentLinks: Array<(
      { __typename: 'PaymentLink' }
      & { ' $fragmentRefs'?: { 'PaymentLinkFieldsFragment': PaymentLinkFieldsFragment } }
    )> }
    & { ' $fragmentRefs'?: { 'InvoiceDetailsFragment': InvoiceDetailsFragment } }
  ) | null };

export type StartCheckoutMutationVariables = Exact<{
  input: StartCheckoutInput;
}>;


export type StartCheckoutMutation = { __typename: 'Mutation', startCheckout:
    | (
      { __typename: 'CheckoutRefusedError', nextAction: NextAction }
      & { ' $fragmentRefs'?: { 'UserErrorFields_CheckoutRefusedError_Fragment': UserErrorFields_CheckoutRefusedError_Fragment } }
    )
    | (
      { __typename: 'ExchangeRateUnavailableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ExchangeRateUnavailableError_Fragment': UserErrorFields_ExchangeRateUnavailableError_Fragment;'RateUnavailableFieldsFragment': RateUnavailableFieldsFragment } }
    )
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'GatewayUnavailableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_GatewayUnavailableError_Fragment': UserErrorFields_GatewayUnavailableError_Fragment;'GatewayUnavailableFieldsFragment': GatewayUnavailableFieldsFragment } }
    )
    | (
      { __typename: 'IdempotencyConflictError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_IdempotencyConflictError_Fragment': UserErrorFields_IdempotencyConflictError_Fragment;'ConflictFieldsFragment': ConflictFieldsFragment } }
    )
    | (
      { __typename: 'InvoiceNotPayableError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_InvoiceNotPayableError_Fragment': UserErrorFields_InvoiceNotPayableError_Fragment;'NotPayableFieldsFragment': NotPayableFieldsFragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | { __typename: 'StartCheckoutSuccess', replayed: boolean, checkoutSession: (
        { __typename: 'CheckoutSession' }
        & { ' $fragmentRefs'?: { 'CheckoutStateFragment': CheckoutStateFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type SupportCaseQueryVariables = Exact<{
  id: string;
}>;


export type SupportCaseQuery = { __typename: 'Query', node:
    | { __typename: 'Account' }
    | { __typename: 'BillingContact' }
    | { __typename: 'CheckoutSession' }
    | { __typename: 'Invoice' }
    | { __typename: 'Payment' }
    | { __typename: 'PaymentLink' }
    | (
      { __typename: 'SupportCase' }
      & { ' $fragmentRefs'?: { 'CaseDetailsFragment': CaseDetailsFragment } }
    )
   | null };

export type SupportCasesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  status?: SupportCaseStatus | null | undefined;
}>;


export type SupportCasesQuery = { __typename: 'Query', supportCases: { __typename: 'SupportCaseConnection', totalCount: number, pageInfo: (
      { __typename: 'PageInfo' }
      & { ' $fragmentRefs'?: { 'PageFieldsFragment': PageFieldsFragment } }
    ), edges: Array<{ __typename: 'SupportCaseEdge', cursor: string, node: (
        { __typename: 'SupportCase', account: { __typename: 'Account', id: string, name: string } }
        & { ' $fragmentRefs'?: { 'CaseCardFragment': CaseCardFragment } }
      ) }> } };

export type UpdateBillingContactMutationVariables = Exact<{
  input: UpdateBillingContactInput;
}>;


export type UpdateBillingContactMutation = { __typename: 'Mutation', updateBillingContact:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | (
      { __typename: 'StaleVersionError', currentVersion: number }
      & { ' $fragmentRefs'?: { 'UserErrorFields_StaleVersionError_Fragment': UserErrorFields_StaleVersionError_Fragment } }
    )
    | { __typename: 'UpdateBillingContactSuccess', billingContact: (
        { __typename: 'BillingContact' }
        & { ' $fragmentRefs'?: { 'ContactFieldsFragment': ContactFieldsFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type UpdateBillingDetailsMutationVariables = Exact<{
  input: UpdateBillingDetailsInput;
}>;


export type UpdateBillingDetailsMutation = { __typename: 'Mutation', updateBillingDetails:
    | (
      { __typename: 'ForbiddenError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ForbiddenError_Fragment': UserErrorFields_ForbiddenError_Fragment } }
    )
    | (
      { __typename: 'NotFoundError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_NotFoundError_Fragment': UserErrorFields_NotFoundError_Fragment } }
    )
    | (
      { __typename: 'StaleVersionError', currentVersion: number }
      & { ' $fragmentRefs'?: { 'UserErrorFields_StaleVersionError_Fragment': UserErrorFields_StaleVersionError_Fragment } }
    )
    | { __typename: 'UpdateBillingDetailsSuccess', account: (
        { __typename: 'Account' }
        & { ' $fragmentRefs'?: { 'AccountDetailsFragment': AccountDetailsFragment } }
      ) }
    | (
      { __typename: 'ValidationError' }
      & { ' $fragmentRefs'?: { 'UserErrorFields_ValidationError_Fragment': UserErrorFields_ValidationError_Fragment;'ValidationErrorFieldsFragment': ValidationErrorFieldsFragment } }
    )
   };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { __typename: 'Query', viewer: { __typename: 'Viewer', email: string, role: Role, account: (
      { __typename: 'Account' }
      & { ' $fragmentRefs'?: { 'AccountCardFragment': AccountCardFragment } }
    ) | null } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const MoneyFieldsFragmentDoc = new TypedDocumentString(`
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
    `, {"fragmentName":"MoneyFields"}) as unknown as TypedDocumentString<MoneyFieldsFragment, unknown>;
export const CaseCardFragmentDoc = new TypedDocumentString(`
    fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"CaseCard"}) as unknown as TypedDocumentString<CaseCardFragment, unknown>;
export const EvidenceFieldsFragmentDoc = new TypedDocumentString(`
    fragment EvidenceFields on StatusEvidence {
  __typename
  at
  source
  fact
  message
  note
  reference
  matches
  nextCheckAt
  amount {
    __typename
    ...MoneyFields
  }
  expected {
    __typename
    ...MoneyFields
  }
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"EvidenceFields"}) as unknown as TypedDocumentString<EvidenceFieldsFragment, unknown>;
export const CandidateFieldsFragmentDoc = new TypedDocumentString(`
    fragment CandidateFields on ClaimCandidate {
  __typename
  id
  gateway
  transactionId
  amount {
    __typename
    ...MoneyFields
  }
  payerEmail
  capturedAt
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"CandidateFields"}) as unknown as TypedDocumentString<CandidateFieldsFragment, unknown>;
export const CaseDetailsFragmentDoc = new TypedDocumentString(`
    fragment CaseDetails on SupportCase {
  __typename
  id
  ...CaseCard
  account {
    __typename
    id
    name
    email
  }
  evidence {
    __typename
    ...EvidenceFields
  }
  candidates {
    __typename
    ...CandidateFields
  }
}
    fragment CandidateFields on ClaimCandidate {
  __typename
  id
  gateway
  transactionId
  amount {
    __typename
    ...MoneyFields
  }
  payerEmail
  capturedAt
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment EvidenceFields on StatusEvidence {
  __typename
  at
  source
  fact
  message
  note
  reference
  matches
  nextCheckAt
  amount {
    __typename
    ...MoneyFields
  }
  expected {
    __typename
    ...MoneyFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"CaseDetails"}) as unknown as TypedDocumentString<CaseDetailsFragment, unknown>;
export const QuoteFieldsFragmentDoc = new TypedDocumentString(`
    fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"QuoteFields"}) as unknown as TypedDocumentString<QuoteFieldsFragment, unknown>;
export const FailureFieldsFragmentDoc = new TypedDocumentString(`
    fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
    `, {"fragmentName":"FailureFields"}) as unknown as TypedDocumentString<FailureFieldsFragment, unknown>;
export const ProgressFieldsFragmentDoc = new TypedDocumentString(`
    fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
    `, {"fragmentName":"ProgressFields"}) as unknown as TypedDocumentString<ProgressFieldsFragment, unknown>;
export const CheckoutStateFragmentDoc = new TypedDocumentString(`
    fragment CheckoutState on CheckoutSession {
  __typename
  id
  status
  url
  expiresAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  payment {
    __typename
    id
    status
    failure {
      __typename
      ...FailureFields
    }
    method {
      __typename
      kind
      brand
      last4
    }
    capturedAt
  }
  invoices {
    __typename
    id
    number
    status
    displayStatus
    isPayable
    version
    amountDue {
      __typename
      ...MoneyFields
    }
  }
  progress {
    __typename
    ...ProgressFields
  }
}
    fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"fragmentName":"CheckoutState"}) as unknown as TypedDocumentString<CheckoutStateFragment, unknown>;
export const ConflictFieldsFragmentDoc = new TypedDocumentString(`
    fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
    `, {"fragmentName":"ConflictFields"}) as unknown as TypedDocumentString<ConflictFieldsFragment, unknown>;
export const DocumentFieldsFragmentDoc = new TypedDocumentString(`
    fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
    `, {"fragmentName":"DocumentFields"}) as unknown as TypedDocumentString<DocumentFieldsFragment, unknown>;
export const InvoiceCardFragmentDoc = new TypedDocumentString(`
    fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
    fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"fragmentName":"InvoiceCard"}) as unknown as TypedDocumentString<InvoiceCardFragment, unknown>;
export const PaymentStateFragmentDoc = new TypedDocumentString(`
    fragment PaymentState on Payment {
  __typename
  id
  status
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  capturedAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  allocations {
    __typename
    invoice {
      __typename
      id
      number
      displayStatus
    }
  }
}
    fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"fragmentName":"PaymentState"}) as unknown as TypedDocumentString<PaymentStateFragment, unknown>;
export const DeliveryFieldsFragmentDoc = new TypedDocumentString(`
    fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
    `, {"fragmentName":"DeliveryFields"}) as unknown as TypedDocumentString<DeliveryFieldsFragment, unknown>;
export const ReceiptFieldsFragmentDoc = new TypedDocumentString(`
    fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
    `, {"fragmentName":"ReceiptFields"}) as unknown as TypedDocumentString<ReceiptFieldsFragment, unknown>;
export const RefundFieldsFragmentDoc = new TypedDocumentString(`
    fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"RefundFields"}) as unknown as TypedDocumentString<RefundFieldsFragment, unknown>;
export const DisputeFieldsFragmentDoc = new TypedDocumentString(`
    fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"DisputeFields"}) as unknown as TypedDocumentString<DisputeFieldsFragment, unknown>;
export const ContactFieldsFragmentDoc = new TypedDocumentString(`
    fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
    `, {"fragmentName":"ContactFields"}) as unknown as TypedDocumentString<ContactFieldsFragment, unknown>;
export const AccountCardFragmentDoc = new TypedDocumentString(`
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"AccountCard"}) as unknown as TypedDocumentString<AccountCardFragment, unknown>;
export const AccountDetailsFragmentDoc = new TypedDocumentString(`
    fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"AccountDetails"}) as unknown as TypedDocumentString<AccountDetailsFragment, unknown>;
export const EventFieldsFragmentDoc = new TypedDocumentString(`
    fragment EventFields on BillingEvent {
  __typename
  cursor
  occurredAt
  ... on InvoiceIssued {
    __typename
    invoice {
      __typename
      ...InvoiceCard
    }
  }
  ... on InvoiceStatusChanged {
    __typename
    invoiceStatus: status
    displayStatus
    invoice {
      __typename
      ...InvoiceCard
      amountPaid {
        __typename
        ...MoneyFields
      }
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on PaymentStatusChanged {
    __typename
    paymentStatus: status
    failureCode
    payment {
      __typename
      ...PaymentState
    }
  }
  ... on DocumentStateChanged {
    __typename
    documentState: state
    invoice {
      __typename
      id
      number
      document {
        __typename
        ...DocumentFields
      }
    }
  }
  ... on DeliveryStateChanged {
    __typename
    deliveryState: state
    invoice {
      __typename
      id
      number
    }
    delivery {
      __typename
      ...DeliveryFields
    }
  }
  ... on ReceiptStateChanged {
    __typename
    receiptState: state
    payment {
      __typename
      id
      receipt {
        __typename
        ...ReceiptFields
      }
    }
  }
  ... on RefundStatusChanged {
    __typename
    refundStatus: status
    refund {
      __typename
      ...RefundFields
    }
    payment {
      __typename
      id
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on DisputeStatusChanged {
    __typename
    disputeStatus: status
    dispute {
      __typename
      ...DisputeFields
    }
    payment {
      __typename
      id
      status
    }
  }
  ... on PaymentSettlementRecorded {
    __typename
    payment {
      __typename
      id
      status
    }
  }
  ... on SupportCaseChanged {
    __typename
    caseStatus: status
    supportCase {
      __typename
      ...CaseCard
    }
  }
  ... on BillingContactChanged {
    __typename
    billingContactId
    billingContact {
      __typename
      ...ContactFields
    }
  }
  ... on BillingDetailsChanged {
    __typename
    version
    account {
      __typename
      ...AccountDetails
    }
  }
  ... on PaymentLinkChanged {
    __typename
    invoice {
      __typename
      id
      number
    }
    paymentLink {
      __typename
      id
      state
      expiresAt
      usedAt
      revokedAt
    }
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentState on Payment {
  __typename
  id
  status
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  capturedAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  allocations {
    __typename
    invoice {
      __typename
      id
      number
      displayStatus
    }
  }
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"fragmentName":"EventFields"}) as unknown as TypedDocumentString<EventFieldsFragment, unknown>;
export const PaymentLinkFieldsFragmentDoc = new TypedDocumentString(`
    fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"PaymentLinkFields"}) as unknown as TypedDocumentString<PaymentLinkFieldsFragment, unknown>;
export const GatewayUnavailableFieldsFragmentDoc = new TypedDocumentString(`
    fragment GatewayUnavailableFields on GatewayUnavailableError {
  __typename
  retryAt
  nextAction
  paymentLink {
    __typename
    ...PaymentLinkFields
  }
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}`, {"fragmentName":"GatewayUnavailableFields"}) as unknown as TypedDocumentString<GatewayUnavailableFieldsFragment, unknown>;
export const InvoiceDetailsFragmentDoc = new TypedDocumentString(`
    fragment InvoiceDetails on Invoice {
  __typename
  id
  ...InvoiceCard
  account {
    __typename
    id
    name
  }
  subtotal {
    __typename
    ...MoneyFields
  }
  tax {
    __typename
    ...MoneyFields
  }
  taxes {
    __typename
    name
    rate
    base {
      __typename
      ...MoneyFields
    }
    amount {
      __typename
      ...MoneyFields
    }
  }
  amountPaid {
    __typename
    ...MoneyFields
  }
  amountRefunded {
    __typename
    ...MoneyFields
  }
  lineItems {
    __typename
    description
    quantity
    unitPrice
    amount {
      __typename
      ...MoneyFields
    }
  }
  deliveries {
    __typename
    ...DeliveryFields
  }
  statusEvidence {
    __typename
    ...EvidenceFields
  }
}
    fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment EvidenceFields on StatusEvidence {
  __typename
  at
  source
  fact
  message
  note
  reference
  matches
  nextCheckAt
  amount {
    __typename
    ...MoneyFields
  }
  expected {
    __typename
    ...MoneyFields
  }
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"fragmentName":"InvoiceDetails"}) as unknown as TypedDocumentString<InvoiceDetailsFragment, unknown>;
export const NotPayableFieldsFragmentDoc = new TypedDocumentString(`
    fragment NotPayableFields on InvoiceNotPayableError {
  __typename
  invoice {
    __typename
    ...InvoiceCard
  }
}
    fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"fragmentName":"NotPayableFields"}) as unknown as TypedDocumentString<NotPayableFieldsFragment, unknown>;
export const PageFieldsFragmentDoc = new TypedDocumentString(`
    fragment PageFields on PageInfo {
  __typename
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}
    `, {"fragmentName":"PageFields"}) as unknown as TypedDocumentString<PageFieldsFragment, unknown>;
export const PaymentCardFragmentDoc = new TypedDocumentString(`
    fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
    fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"fragmentName":"PaymentCard"}) as unknown as TypedDocumentString<PaymentCardFragment, unknown>;
export const RateUnavailableFieldsFragmentDoc = new TypedDocumentString(`
    fragment RateUnavailableFields on ExchangeRateUnavailableError {
  __typename
  base
  quote
  asOf
}
    `, {"fragmentName":"RateUnavailableFields"}) as unknown as TypedDocumentString<RateUnavailableFieldsFragment, unknown>;
export const SettlementFieldsFragmentDoc = new TypedDocumentString(`
    fragment SettlementFields on Payment {
  __typename
  id
  settlement {
    __typename
    gross {
      __typename
      ...MoneyFields
    }
    fee {
      __typename
      ...MoneyFields
    }
    net {
      __typename
      ...MoneyFields
    }
    rate
  }
  slippage {
    __typename
    ...MoneyFields
  }
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"fragmentName":"SettlementFields"}) as unknown as TypedDocumentString<SettlementFieldsFragment, unknown>;
export const TooSoonFieldsFragmentDoc = new TypedDocumentString(`
    fragment TooSoonFields on TooSoonError {
  __typename
  retryAt
}
    `, {"fragmentName":"TooSoonFields"}) as unknown as TypedDocumentString<TooSoonFieldsFragment, unknown>;
export const UserErrorFieldsFragmentDoc = new TypedDocumentString(`
    fragment UserErrorFields on UserError {
  __typename
  code
  message
}
    `, {"fragmentName":"UserErrorFields"}) as unknown as TypedDocumentString<UserErrorFieldsFragment, unknown>;
export const ValidationErrorFieldsFragmentDoc = new TypedDocumentString(`
    fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}
    `, {"fragmentName":"ValidationErrorFields"}) as unknown as TypedDocumentString<ValidationErrorFieldsFragment, unknown>;
export const AccountsDocument = new TypedDocumentString(`
    query Accounts($search: String, $first: Int = 20, $after: String) {
  __typename
  accounts(search: $search, first: $first, after: $after) {
    __typename
    pageInfo {
      __typename
      ...PageFields
    }
    edges {
      __typename
      cursor
      node {
        __typename
        ...AccountCard
        reference
      }
    }
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PageFields on PageInfo {
  __typename
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`, {"hash":"sha256:3459fa7ab48fcc67aff4d9afb64d7e61a8dca09a5455fe9fe76160023818ce55"}) as unknown as TypedDocumentString<AccountsQuery, AccountsQueryVariables>;
export const AddBillingContactDocument = new TypedDocumentString(`
    mutation AddBillingContact($input: AddBillingContactInput!) {
  __typename
  addBillingContact(input: $input) {
    __typename
    ... on AddBillingContactSuccess {
      __typename
      billingContact {
        __typename
        ...ContactFields
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:f260a9292437ac49b4fb2de8879b9dc9d18f52f1cfde7178a1aaa745837fd7c7"}) as unknown as TypedDocumentString<AddBillingContactMutation, AddBillingContactMutationVariables>;
export const BillingContactsDocument = new TypedDocumentString(`
    query BillingContacts {
  __typename
  viewer {
    __typename
    email
    role
    account {
      __typename
      id
      email
      billingContacts {
        __typename
        ...ContactFields
      }
    }
  }
}
    fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}`, {"hash":"sha256:adf9fe7ec82c47e05aed5f0abd34f036e7a5d09d53f5495ef6a42378b3374068"}) as unknown as TypedDocumentString<BillingContactsQuery, BillingContactsQueryVariables>;
export const BillingDetailsDocument = new TypedDocumentString(`
    query BillingDetails {
  __typename
  viewer {
    __typename
    email
    role
    account {
      __typename
      ...AccountDetails
    }
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"hash":"sha256:52c815d7170c89d86282926cba1a3876d0a3d8368dc54a02a60856aaecc52940"}) as unknown as TypedDocumentString<BillingDetailsQuery, BillingDetailsQueryVariables>;
export const BillingEventPageDocument = new TypedDocumentString(`
    query BillingEventPage($after: EventCursor, $first: Int = 50, $accountId: ID) {
  __typename
  billingEvents(after: $after, first: $first, accountId: $accountId) {
    __typename
    endCursor
    hasMore
    events {
      __typename
      ...EventFields
    }
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment EventFields on BillingEvent {
  __typename
  cursor
  occurredAt
  ... on InvoiceIssued {
    __typename
    invoice {
      __typename
      ...InvoiceCard
    }
  }
  ... on InvoiceStatusChanged {
    __typename
    invoiceStatus: status
    displayStatus
    invoice {
      __typename
      ...InvoiceCard
      amountPaid {
        __typename
        ...MoneyFields
      }
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on PaymentStatusChanged {
    __typename
    paymentStatus: status
    failureCode
    payment {
      __typename
      ...PaymentState
    }
  }
  ... on DocumentStateChanged {
    __typename
    documentState: state
    invoice {
      __typename
      id
      number
      document {
        __typename
        ...DocumentFields
      }
    }
  }
  ... on DeliveryStateChanged {
    __typename
    deliveryState: state
    invoice {
      __typename
      id
      number
    }
    delivery {
      __typename
      ...DeliveryFields
    }
  }
  ... on ReceiptStateChanged {
    __typename
    receiptState: state
    payment {
      __typename
      id
      receipt {
        __typename
        ...ReceiptFields
      }
    }
  }
  ... on RefundStatusChanged {
    __typename
    refundStatus: status
    refund {
      __typename
      ...RefundFields
    }
    payment {
      __typename
      id
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on DisputeStatusChanged {
    __typename
    disputeStatus: status
    dispute {
      __typename
      ...DisputeFields
    }
    payment {
      __typename
      id
      status
    }
  }
  ... on PaymentSettlementRecorded {
    __typename
    payment {
      __typename
      id
      status
    }
  }
  ... on SupportCaseChanged {
    __typename
    caseStatus: status
    supportCase {
      __typename
      ...CaseCard
    }
  }
  ... on BillingContactChanged {
    __typename
    billingContactId
    billingContact {
      __typename
      ...ContactFields
    }
  }
  ... on BillingDetailsChanged {
    __typename
    version
    account {
      __typename
      ...AccountDetails
    }
  }
  ... on PaymentLinkChanged {
    __typename
    invoice {
      __typename
      id
      number
    }
    paymentLink {
      __typename
      id
      state
      expiresAt
      usedAt
      revokedAt
    }
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentState on Payment {
  __typename
  id
  status
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  capturedAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  allocations {
    __typename
    invoice {
      __typename
      id
      number
      displayStatus
    }
  }
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"hash":"sha256:4241d10733c003077099b5f2071a8db900cc308578058f1213e5701e5ac348d2"}) as unknown as TypedDocumentString<BillingEventPageQuery, BillingEventPageQueryVariables>;
export const BillingEventsDocument = new TypedDocumentString(`
    subscription BillingEvents($after: EventCursor, $accountId: ID) {
  billingEvents(after: $after, accountId: $accountId) {
    __typename
    ...EventFields
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment EventFields on BillingEvent {
  __typename
  cursor
  occurredAt
  ... on InvoiceIssued {
    __typename
    invoice {
      __typename
      ...InvoiceCard
    }
  }
  ... on InvoiceStatusChanged {
    __typename
    invoiceStatus: status
    displayStatus
    invoice {
      __typename
      ...InvoiceCard
      amountPaid {
        __typename
        ...MoneyFields
      }
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on PaymentStatusChanged {
    __typename
    paymentStatus: status
    failureCode
    payment {
      __typename
      ...PaymentState
    }
  }
  ... on DocumentStateChanged {
    __typename
    documentState: state
    invoice {
      __typename
      id
      number
      document {
        __typename
        ...DocumentFields
      }
    }
  }
  ... on DeliveryStateChanged {
    __typename
    deliveryState: state
    invoice {
      __typename
      id
      number
    }
    delivery {
      __typename
      ...DeliveryFields
    }
  }
  ... on ReceiptStateChanged {
    __typename
    receiptState: state
    payment {
      __typename
      id
      receipt {
        __typename
        ...ReceiptFields
      }
    }
  }
  ... on RefundStatusChanged {
    __typename
    refundStatus: status
    refund {
      __typename
      ...RefundFields
    }
    payment {
      __typename
      id
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on DisputeStatusChanged {
    __typename
    disputeStatus: status
    dispute {
      __typename
      ...DisputeFields
    }
    payment {
      __typename
      id
      status
    }
  }
  ... on PaymentSettlementRecorded {
    __typename
    payment {
      __typename
      id
      status
    }
  }
  ... on SupportCaseChanged {
    __typename
    caseStatus: status
    supportCase {
      __typename
      ...CaseCard
    }
  }
  ... on BillingContactChanged {
    __typename
    billingContactId
    billingContact {
      __typename
      ...ContactFields
    }
  }
  ... on BillingDetailsChanged {
    __typename
    version
    account {
      __typename
      ...AccountDetails
    }
  }
  ... on PaymentLinkChanged {
    __typename
    invoice {
      __typename
      id
      number
    }
    paymentLink {
      __typename
      id
      state
      expiresAt
      usedAt
      revokedAt
    }
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentState on Payment {
  __typename
  id
  status
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  capturedAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  allocations {
    __typename
    invoice {
      __typename
      id
      number
      displayStatus
    }
  }
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"hash":"sha256:5dd998aa596cf53903a7aec594ea16425ce8fcfda452f9ebb94d259b46235880"}) as unknown as TypedDocumentString<BillingEventsSubscription, BillingEventsSubscriptionVariables>;
export const CheckoutEventsDocument = new TypedDocumentString(`
    subscription CheckoutEvents($checkoutSessionId: ID!, $after: EventCursor) {
  checkoutEvents(checkoutSessionId: $checkoutSessionId, after: $after) {
    __typename
    ...EventFields
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment EventFields on BillingEvent {
  __typename
  cursor
  occurredAt
  ... on InvoiceIssued {
    __typename
    invoice {
      __typename
      ...InvoiceCard
    }
  }
  ... on InvoiceStatusChanged {
    __typename
    invoiceStatus: status
    displayStatus
    invoice {
      __typename
      ...InvoiceCard
      amountPaid {
        __typename
        ...MoneyFields
      }
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on PaymentStatusChanged {
    __typename
    paymentStatus: status
    failureCode
    payment {
      __typename
      ...PaymentState
    }
  }
  ... on DocumentStateChanged {
    __typename
    documentState: state
    invoice {
      __typename
      id
      number
      document {
        __typename
        ...DocumentFields
      }
    }
  }
  ... on DeliveryStateChanged {
    __typename
    deliveryState: state
    invoice {
      __typename
      id
      number
    }
    delivery {
      __typename
      ...DeliveryFields
    }
  }
  ... on ReceiptStateChanged {
    __typename
    receiptState: state
    payment {
      __typename
      id
      receipt {
        __typename
        ...ReceiptFields
      }
    }
  }
  ... on RefundStatusChanged {
    __typename
    refundStatus: status
    refund {
      __typename
      ...RefundFields
    }
    payment {
      __typename
      id
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on DisputeStatusChanged {
    __typename
    disputeStatus: status
    dispute {
      __typename
      ...DisputeFields
    }
    payment {
      __typename
      id
      status
    }
  }
  ... on PaymentSettlementRecorded {
    __typename
    payment {
      __typename
      id
      status
    }
  }
  ... on SupportCaseChanged {
    __typename
    caseStatus: status
    supportCase {
      __typename
      ...CaseCard
    }
  }
  ... on BillingContactChanged {
    __typename
    billingContactId
    billingContact {
      __typename
      ...ContactFields
    }
  }
  ... on BillingDetailsChanged {
    __typename
    version
    account {
      __typename
      ...AccountDetails
    }
  }
  ... on PaymentLinkChanged {
    __typename
    invoice {
      __typename
      id
      number
    }
    paymentLink {
      __typename
      id
      state
      expiresAt
      usedAt
      revokedAt
    }
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentState on Payment {
  __typename
  id
  status
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  capturedAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  allocations {
    __typename
    invoice {
      __typename
      id
      number
      displayStatus
    }
  }
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"hash":"sha256:7e500c396dcfd7e328a34f530d68c471247def9fba9495aaea9b0ac3db486a09"}) as unknown as TypedDocumentString<CheckoutEventsSubscription, CheckoutEventsSubscriptionVariables>;
export const CheckoutSessionDocument = new TypedDocumentString(`
    query CheckoutSession($id: ID!) {
  __typename
  checkoutSession(id: $id) {
    __typename
    ...CheckoutState
  }
}
    fragment CheckoutState on CheckoutSession {
  __typename
  id
  status
  url
  expiresAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  payment {
    __typename
    id
    status
    failure {
      __typename
      ...FailureFields
    }
    method {
      __typename
      kind
      brand
      last4
    }
    capturedAt
  }
  invoices {
    __typename
    id
    number
    status
    displayStatus
    isPayable
    version
    amountDue {
      __typename
      ...MoneyFields
    }
  }
  progress {
    __typename
    ...ProgressFields
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"hash":"sha256:ef237fd9abfafe5a6d0a8edd227dc8d4988396fff24ce5351d12b416c43b6966"}) as unknown as TypedDocumentString<CheckoutSessionQuery, CheckoutSessionQueryVariables>;
export const ClaimPaidDocument = new TypedDocumentString(`
    mutation ClaimPaid($input: ClaimPaidInput!) {
  __typename
  claimPaid(input: $input) {
    __typename
    ... on ClaimSettled {
      __typename
      invoice {
        __typename
        ...InvoiceCard
      }
      payment {
        __typename
        ...PaymentCard
      }
    }
    ... on ClaimUnderReview {
      __typename
      supportCase {
        __typename
        ...CaseCard
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on GatewayUnavailableError {
      __typename
      ...GatewayUnavailableFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment GatewayUnavailableFields on GatewayUnavailableError {
  __typename
  retryAt
  nextAction
  paymentLink {
    __typename
    ...PaymentLinkFields
  }
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:a9d97b774244841365b6437b7bd5fc80b762ad95d1f4a4b319da66828255c3bd"}) as unknown as TypedDocumentString<ClaimPaidMutation, ClaimPaidMutationVariables>;
export const ConfirmCheckoutDocument = new TypedDocumentString(`
    mutation ConfirmCheckout($input: ConfirmCheckoutInput!) {
  __typename
  confirmCheckout(input: $input) {
    __typename
    ... on ConfirmCheckoutSuccess {
      __typename
      checkoutSession {
        __typename
        ...CheckoutState
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on GatewayUnavailableError {
      __typename
      ...GatewayUnavailableFields
    }
  }
}
    fragment CheckoutState on CheckoutSession {
  __typename
  id
  status
  url
  expiresAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  payment {
    __typename
    id
    status
    failure {
      __typename
      ...FailureFields
    }
    method {
      __typename
      kind
      brand
      last4
    }
    capturedAt
  }
  invoices {
    __typename
    id
    number
    status
    displayStatus
    isPayable
    version
    amountDue {
      __typename
      ...MoneyFields
    }
  }
  progress {
    __typename
    ...ProgressFields
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment GatewayUnavailableFields on GatewayUnavailableError {
  __typename
  retryAt
  nextAction
  paymentLink {
    __typename
    ...PaymentLinkFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}`, {"hash":"sha256:bf291e1fdec891aa8b5d65aa7f10be6ac89392500aa46ba284dac8a6a9e1b512"}) as unknown as TypedDocumentString<ConfirmCheckoutMutation, ConfirmCheckoutMutationVariables>;
export const CreatePaymentLinkDocument = new TypedDocumentString(`
    mutation CreatePaymentLink($input: CreatePaymentLinkInput!) {
  __typename
  createPaymentLink(input: $input) {
    __typename
    ... on CreatePaymentLinkSuccess {
      __typename
      paymentLink {
        __typename
        ...PaymentLinkFields
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on InvoiceNotPayableError {
      __typename
      ...NotPayableFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment NotPayableFields on InvoiceNotPayableError {
  __typename
  invoice {
    __typename
    ...InvoiceCard
  }
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:9e9f5d2cb686ffece13456040b265d1d410cf94b2593609faf1a5844ac8d13e7"}) as unknown as TypedDocumentString<CreatePaymentLinkMutation, CreatePaymentLinkMutationVariables>;
export const InvoiceDocument = new TypedDocumentString(`
    query Invoice($by: InvoiceRef!) {
  __typename
  invoice(by: $by) {
    __typename
    ...InvoiceDetails
    payments(first: 20) {
      __typename
      totalCount
      nodes {
        __typename
        ...PaymentCard
      }
    }
  }
}
    fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment EvidenceFields on StatusEvidence {
  __typename
  at
  source
  fact
  message
  note
  reference
  matches
  nextCheckAt
  amount {
    __typename
    ...MoneyFields
  }
  expected {
    __typename
    ...MoneyFields
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment InvoiceDetails on Invoice {
  __typename
  id
  ...InvoiceCard
  account {
    __typename
    id
    name
  }
  subtotal {
    __typename
    ...MoneyFields
  }
  tax {
    __typename
    ...MoneyFields
  }
  taxes {
    __typename
    name
    rate
    base {
      __typename
      ...MoneyFields
    }
    amount {
      __typename
      ...MoneyFields
    }
  }
  amountPaid {
    __typename
    ...MoneyFields
  }
  amountRefunded {
    __typename
    ...MoneyFields
  }
  lineItems {
    __typename
    description
    quantity
    unitPrice
    amount {
      __typename
      ...MoneyFields
    }
  }
  deliveries {
    __typename
    ...DeliveryFields
  }
  statusEvidence {
    __typename
    ...EvidenceFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"hash":"sha256:d9811ac8fdebc32eae88f40ca3f9f2a7387fced14f49ab0ff3c29e761d2cfe50"}) as unknown as TypedDocumentString<InvoiceQuery, InvoiceQueryVariables>;
export const InvoiceDocumentDocument = new TypedDocumentString(`
    query InvoiceDocument($id: ID!) {
  __typename
  invoice(by: {id: $id}) {
    __typename
    id
    number
    document {
      __typename
      ...DocumentFields
    }
  }
}
    fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}`, {"hash":"sha256:151c10a22a5937121c4e9d680cde0fd587156996a7c38ad8b24bb3bd66a1a36d"}) as unknown as TypedDocumentString<InvoiceDocumentQuery, InvoiceDocumentQueryVariables>;
export const InvoiceEventsDocument = new TypedDocumentString(`
    subscription InvoiceEvents($invoiceId: ID!, $after: EventCursor) {
  invoiceEvents(invoiceId: $invoiceId, after: $after) {
    __typename
    ...EventFields
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment EventFields on BillingEvent {
  __typename
  cursor
  occurredAt
  ... on InvoiceIssued {
    __typename
    invoice {
      __typename
      ...InvoiceCard
    }
  }
  ... on InvoiceStatusChanged {
    __typename
    invoiceStatus: status
    displayStatus
    invoice {
      __typename
      ...InvoiceCard
      amountPaid {
        __typename
        ...MoneyFields
      }
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on PaymentStatusChanged {
    __typename
    paymentStatus: status
    failureCode
    payment {
      __typename
      ...PaymentState
    }
  }
  ... on DocumentStateChanged {
    __typename
    documentState: state
    invoice {
      __typename
      id
      number
      document {
        __typename
        ...DocumentFields
      }
    }
  }
  ... on DeliveryStateChanged {
    __typename
    deliveryState: state
    invoice {
      __typename
      id
      number
    }
    delivery {
      __typename
      ...DeliveryFields
    }
  }
  ... on ReceiptStateChanged {
    __typename
    receiptState: state
    payment {
      __typename
      id
      receipt {
        __typename
        ...ReceiptFields
      }
    }
  }
  ... on RefundStatusChanged {
    __typename
    refundStatus: status
    refund {
      __typename
      ...RefundFields
    }
    payment {
      __typename
      id
      amountRefunded {
        __typename
        ...MoneyFields
      }
    }
  }
  ... on DisputeStatusChanged {
    __typename
    disputeStatus: status
    dispute {
      __typename
      ...DisputeFields
    }
    payment {
      __typename
      id
      status
    }
  }
  ... on PaymentSettlementRecorded {
    __typename
    payment {
      __typename
      id
      status
    }
  }
  ... on SupportCaseChanged {
    __typename
    caseStatus: status
    supportCase {
      __typename
      ...CaseCard
    }
  }
  ... on BillingContactChanged {
    __typename
    billingContactId
    billingContact {
      __typename
      ...ContactFields
    }
  }
  ... on BillingDetailsChanged {
    __typename
    version
    account {
      __typename
      ...AccountDetails
    }
  }
  ... on PaymentLinkChanged {
    __typename
    invoice {
      __typename
      id
      number
    }
    paymentLink {
      __typename
      id
      state
      expiresAt
      usedAt
      revokedAt
    }
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentState on Payment {
  __typename
  id
  status
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  capturedAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  allocations {
    __typename
    invoice {
      __typename
      id
      number
      displayStatus
    }
  }
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"hash":"sha256:231d954683e5e47dbdb2a572b194a4e4df55a9d8b0c8ab0c6b7432beff3c8105"}) as unknown as TypedDocumentString<InvoiceEventsSubscription, InvoiceEventsSubscriptionVariables>;
export const InvoicesDocument = new TypedDocumentString(`
    query Invoices($first: Int = 20, $after: String, $filter: InvoiceFilter) {
  __typename
  viewer {
    __typename
    email
    role
    account {
      __typename
      id
      plan
      hasInvoicesSection
      invoicesSectionNotice {
        __typename
        code
        message
      }
      balanceDue {
        __typename
        ...MoneyFields
      }
      invoices(first: $first, after: $after, filter: $filter) {
        __typename
        totalCount
        pageInfo {
          __typename
          ...PageFields
        }
        edges {
          __typename
          cursor
          node {
            __typename
            ...InvoiceCard
          }
        }
      }
    }
  }
}
    fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PageFields on PageInfo {
  __typename
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"hash":"sha256:5b7986f612a4f1849428cf5673b55d56027d0c0e6fdb74e80a69c4d9235692a6"}) as unknown as TypedDocumentString<InvoicesQuery, InvoicesQueryVariables>;
export const PayableInvoicesDocument = new TypedDocumentString(`
    query PayableInvoices($ids: [ID!]!) {
  __typename
  nodes(ids: $ids) {
    __typename
    ... on Invoice {
      __typename
      ...InvoiceCard
    }
  }
}
    fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"hash":"sha256:cab29aba6556d88a36573a89a12546427da759be37778e0c5a4fc674994458c9"}) as unknown as TypedDocumentString<PayableInvoicesQuery, PayableInvoicesQueryVariables>;
export const PaymentsDocument = new TypedDocumentString(`
    query Payments($first: Int = 20, $after: String) {
  __typename
  viewer {
    __typename
    email
    role
    account {
      __typename
      id
      payments(first: $first, after: $after) {
        __typename
        totalCount
        pageInfo {
          __typename
          ...PageFields
        }
        edges {
          __typename
          cursor
          node {
            __typename
            ...PaymentCard
            allocations {
              __typename
              invoice {
                __typename
                id
                number
              }
            }
          }
        }
      }
    }
  }
}
    fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PageFields on PageInfo {
  __typename
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}`, {"hash":"sha256:cd53c5ccf634d760533abf89c7ddfc48dbee198f06a43c15d55bf52f976e862c"}) as unknown as TypedDocumentString<PaymentsQuery, PaymentsQueryVariables>;
export const RecordOfflinePaymentDocument = new TypedDocumentString(`
    mutation RecordOfflinePayment($input: RecordOfflinePaymentInput!) {
  __typename
  recordOfflinePayment(input: $input) {
    __typename
    ... on RecordOfflinePaymentSuccess {
      __typename
      payment {
        __typename
        ...PaymentCard
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on InvoiceNotPayableError {
      __typename
      ...NotPayableFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment NotPayableFields on InvoiceNotPayableError {
  __typename
  invoice {
    __typename
    ...InvoiceCard
  }
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:11ba01b61ba77161f1c2ed01539a9cd28040e618314c09728a58c3c74949b19a"}) as unknown as TypedDocumentString<RecordOfflinePaymentMutation, RecordOfflinePaymentMutationVariables>;
export const RecordOfflineRefundDocument = new TypedDocumentString(`
    mutation RecordOfflineRefund($input: RecordOfflineRefundInput!) {
  __typename
  recordOfflineRefund(input: $input) {
    __typename
    ... on RecordOfflineRefundSuccess {
      __typename
      refund {
        __typename
        ...RefundFields
        bankReference
      }
      payment {
        __typename
        ...PaymentCard
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:b0074161e80f1d436d790dc917b3137e391b255c985ea3fa4ed990fd2f9a0b7f"}) as unknown as TypedDocumentString<RecordOfflineRefundMutation, RecordOfflineRefundMutationVariables>;
export const RefundPaymentDocument = new TypedDocumentString(`
    mutation RefundPayment($input: RefundPaymentInput!) {
  __typename
  refundPayment(input: $input) {
    __typename
    ... on RefundPaymentSuccess {
      __typename
      refund {
        __typename
        ...RefundFields
      }
      payment {
        __typename
        ...PaymentCard
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:1991b2e2a25d015352a9e25fe8bba81cd6156a450c1c561f3d3e8769c1799119"}) as unknown as TypedDocumentString<RefundPaymentMutation, RefundPaymentMutationVariables>;
export const RemoveBillingContactDocument = new TypedDocumentString(`
    mutation RemoveBillingContact($input: RemoveBillingContactInput!) {
  __typename
  removeBillingContact(input: $input) {
    __typename
    ... on RemoveBillingContactSuccess {
      __typename
      billingContactId
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  __typename
  code
  message
}`, {"hash":"sha256:111e3e2c44bc8b838f240f7ae675f2ec18f5cdc5f8d0b6ac2fc2e7a17e06af08"}) as unknown as TypedDocumentString<RemoveBillingContactMutation, RemoveBillingContactMutationVariables>;
export const ResendInvoiceDocument = new TypedDocumentString(`
    mutation ResendInvoice($input: ResendInvoiceInput!) {
  __typename
  resendInvoice(input: $input) {
    __typename
    ... on ResendInvoiceSuccess {
      __typename
      invoice {
        __typename
        id
        deliveries {
          __typename
          ...DeliveryFields
        }
      }
      deliveries {
        __typename
        ...DeliveryFields
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on TooSoonError {
      __typename
      ...TooSoonFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment TooSoonFields on TooSoonError {
  __typename
  retryAt
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:de6e5d2c23c47d5d9e188c9800477a2d5ede8874d7f538c4553dfd70d92e8d2b"}) as unknown as TypedDocumentString<ResendInvoiceMutation, ResendInvoiceMutationVariables>;
export const ResolveSupportCaseDocument = new TypedDocumentString(`
    mutation ResolveSupportCase($input: ResolveSupportCaseInput!) {
  __typename
  resolveSupportCase(input: $input) {
    __typename
    ... on ResolveSupportCaseSuccess {
      __typename
      supportCase {
        __typename
        ...CaseCard
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
  }
}
    fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:cbec0041b3cb9ccb916a361c42d967388edda7e694729e61eaef3769ea8b23ce"}) as unknown as TypedDocumentString<ResolveSupportCaseMutation, ResolveSupportCaseMutationVariables>;
export const RevokePaymentLinkDocument = new TypedDocumentString(`
    mutation RevokePaymentLink($input: RevokePaymentLinkInput!) {
  __typename
  revokePaymentLink(input: $input) {
    __typename
    ... on RevokePaymentLinkSuccess {
      __typename
      paymentLink {
        __typename
        ...PaymentLinkFields
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
  }
}
    fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}`, {"hash":"sha256:85f867b3e3ba686af73c6c88409a906a6ed022b1ead58b743ce8faf5cd580a25"}) as unknown as TypedDocumentString<RevokePaymentLinkMutation, RevokePaymentLinkMutationVariables>;
export const SettleClaimDocument = new TypedDocumentString(`
    mutation SettleClaim($input: SettleClaimInput!) {
  __typename
  settleClaim(input: $input) {
    __typename
    ... on SettleClaimSuccess {
      __typename
      supportCase {
        __typename
        ...CaseCard
      }
      payment {
        __typename
        ...PaymentCard
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on InvoiceNotPayableError {
      __typename
      ...NotPayableFields
    }
    ... on GatewayUnavailableError {
      __typename
      ...GatewayUnavailableFields
    }
  }
}
    fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment GatewayUnavailableFields on GatewayUnavailableError {
  __typename
  retryAt
  nextAction
  paymentLink {
    __typename
    ...PaymentLinkFields
  }
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment NotPayableFields on InvoiceNotPayableError {
  __typename
  invoice {
    __typename
    ...InvoiceCard
  }
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:142e40812856870bb56e36869704ce32f4e4fbcbc23358e798eb8a7c4feadd6e"}) as unknown as TypedDocumentString<SettleClaimMutation, SettleClaimMutationVariables>;
export const StaffAccountDocument = new TypedDocumentString(`
    query StaffAccount($id: ID!, $first: Int = 20, $after: String, $filter: InvoiceFilter) {
  __typename
  account(id: $id) {
    __typename
    ...AccountDetails
    billingContacts {
      __typename
      ...ContactFields
    }
    invoices(first: $first, after: $after, filter: $filter) {
      __typename
      totalCount
      pageInfo {
        __typename
        ...PageFields
      }
      edges {
        __typename
        cursor
        node {
          __typename
          ...InvoiceCard
        }
      }
    }
    supportCases(first: 20, status: OPEN) {
      __typename
      totalCount
      nodes {
        __typename
        ...CaseCard
      }
    }
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PageFields on PageInfo {
  __typename
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}`, {"hash":"sha256:f86b7d0dc131dddfbd77206d6c10ab2053418b9dfd7462e0bcd87db0e98b988a"}) as unknown as TypedDocumentString<StaffAccountQuery, StaffAccountQueryVariables>;
export const StaffInvoiceDocument = new TypedDocumentString(`
    query StaffInvoice($by: InvoiceRef!) {
  __typename
  invoice(by: $by) {
    __typename
    ...InvoiceDetails
    payments(first: 20) {
      __typename
      totalCount
      nodes {
        __typename
        ...PaymentCard
        ...SettlementFields
      }
    }
    paymentLinks {
      __typename
      ...PaymentLinkFields
    }
  }
}
    fragment DeliveryFields on Delivery {
  __typename
  id
  recipient
  resend
  state
  createdAt
  at
  attempts
  lastError
}
fragment DisputeFields on Dispute {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  openedAt
  closedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment EvidenceFields on StatusEvidence {
  __typename
  at
  source
  fact
  message
  note
  reference
  matches
  nextCheckAt
  amount {
    __typename
    ...MoneyFields
  }
  expected {
    __typename
    ...MoneyFields
  }
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment InvoiceDetails on Invoice {
  __typename
  id
  ...InvoiceCard
  account {
    __typename
    id
    name
  }
  subtotal {
    __typename
    ...MoneyFields
  }
  tax {
    __typename
    ...MoneyFields
  }
  taxes {
    __typename
    name
    rate
    base {
      __typename
      ...MoneyFields
    }
    amount {
      __typename
      ...MoneyFields
    }
  }
  amountPaid {
    __typename
    ...MoneyFields
  }
  amountRefunded {
    __typename
    ...MoneyFields
  }
  lineItems {
    __typename
    description
    quantity
    unitPrice
    amount {
      __typename
      ...MoneyFields
    }
  }
  deliveries {
    __typename
    ...DeliveryFields
  }
  statusEvidence {
    __typename
    ...EvidenceFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PaymentCard on Payment {
  __typename
  id
  status
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  method {
    __typename
    kind
    brand
    last4
  }
  failure {
    __typename
    ...FailureFields
  }
  createdAt
  capturedAt
  bankReference
  amountRefunded {
    __typename
    ...MoneyFields
  }
  refunds {
    __typename
    ...RefundFields
  }
  disputes {
    __typename
    ...DisputeFields
  }
  receipt {
    __typename
    ...ReceiptFields
  }
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment ReceiptFields on PaymentReceipt {
  __typename
  number
  state
  sha256
  readyAt
  retryAt
  pdfUrl
}
fragment RefundFields on Refund {
  __typename
  id
  status
  reason
  charged {
    __typename
    ...MoneyFields
  }
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  updatedAt
  failureCode
  requestedBy
  note
}
fragment SettlementFields on Payment {
  __typename
  id
  settlement {
    __typename
    gross {
      __typename
      ...MoneyFields
    }
    fee {
      __typename
      ...MoneyFields
    }
    net {
      __typename
      ...MoneyFields
    }
    rate
  }
  slippage {
    __typename
    ...MoneyFields
  }
}`, {"hash":"sha256:ec66f3a3619c04bfa08d083f7ddbab859f4e104bddd934278976cc4d8849dcc4"}) as unknown as TypedDocumentString<StaffInvoiceQuery, StaffInvoiceQueryVariables>;
export const StartCheckoutDocument = new TypedDocumentString(`
    mutation StartCheckout($input: StartCheckoutInput!) {
  __typename
  startCheckout(input: $input) {
    __typename
    ... on StartCheckoutSuccess {
      __typename
      replayed
      checkoutSession {
        __typename
        ...CheckoutState
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on InvoiceNotPayableError {
      __typename
      ...NotPayableFields
    }
    ... on CheckoutRefusedError {
      __typename
      nextAction
    }
    ... on GatewayUnavailableError {
      __typename
      ...GatewayUnavailableFields
    }
    ... on ExchangeRateUnavailableError {
      __typename
      ...RateUnavailableFields
    }
    ... on IdempotencyConflictError {
      __typename
      ...ConflictFields
    }
  }
}
    fragment CheckoutState on CheckoutSession {
  __typename
  id
  status
  url
  expiresAt
  amount {
    __typename
    ...MoneyFields
  }
  quote {
    __typename
    ...QuoteFields
  }
  payment {
    __typename
    id
    status
    failure {
      __typename
      ...FailureFields
    }
    method {
      __typename
      kind
      brand
      last4
    }
    capturedAt
  }
  invoices {
    __typename
    id
    number
    status
    displayStatus
    isPayable
    version
    amountDue {
      __typename
      ...MoneyFields
    }
  }
  progress {
    __typename
    ...ProgressFields
  }
}
fragment ConflictFields on IdempotencyConflictError {
  __typename
  firstUsedAt
}
fragment DocumentFields on InvoiceDocument {
  __typename
  state
  sha256
  readyAt
  retryAt
  pdfUrl
  viewUrl
}
fragment FailureFields on PaymentFailure {
  __typename
  code
  message
  nextAction
}
fragment GatewayUnavailableFields on GatewayUnavailableError {
  __typename
  retryAt
  nextAction
  paymentLink {
    __typename
    ...PaymentLinkFields
  }
}
fragment InvoiceCard on Invoice {
  __typename
  id
  number
  kind
  period {
    __typename
    start
    end
  }
  status
  displayStatus
  isOverdue
  isPayable
  issuedOn
  dueOn
  currency
  total {
    __typename
    ...MoneyFields
  }
  amountDue {
    __typename
    ...MoneyFields
  }
  chargeEstimate {
    __typename
    ...QuoteFields
  }
  document {
    __typename
    ...DocumentFields
  }
  progress {
    __typename
    ...ProgressFields
  }
  version
  createdAt
  updatedAt
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment NotPayableFields on InvoiceNotPayableError {
  __typename
  invoice {
    __typename
    ...InvoiceCard
  }
}
fragment PaymentLinkFields on PaymentLink {
  __typename
  id
  state
  url
  amount {
    __typename
    ...MoneyFields
  }
  createdAt
  expiresAt
  usedAt
  revokedAt
}
fragment ProgressFields on PaymentProgress {
  __typename
  state
  reason
  nextCheckAt
  deadlineAt
  supportCase {
    __typename
    id
    status
    reason
  }
}
fragment QuoteFields on Quote {
  __typename
  rate
  base
  quote
  source
  asOf
  validUntil
  charged {
    __typename
    ...MoneyFields
  }
}
fragment RateUnavailableFields on ExchangeRateUnavailableError {
  __typename
  base
  quote
  asOf
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:86480c6b79348c136ff849b14f7a3e3fb3172e9e10c82c4fe6ab7e72a1e93e30"}) as unknown as TypedDocumentString<StartCheckoutMutation, StartCheckoutMutationVariables>;
export const SupportCaseDocument = new TypedDocumentString(`
    query SupportCase($id: ID!) {
  __typename
  node(id: $id) {
    __typename
    ... on SupportCase {
      __typename
      ...CaseDetails
    }
  }
}
    fragment CandidateFields on ClaimCandidate {
  __typename
  id
  gateway
  transactionId
  amount {
    __typename
    ...MoneyFields
  }
  payerEmail
  capturedAt
}
fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment CaseDetails on SupportCase {
  __typename
  id
  ...CaseCard
  account {
    __typename
    id
    name
    email
  }
  evidence {
    __typename
    ...EvidenceFields
  }
  candidates {
    __typename
    ...CandidateFields
  }
}
fragment EvidenceFields on StatusEvidence {
  __typename
  at
  source
  fact
  message
  note
  reference
  matches
  nextCheckAt
  amount {
    __typename
    ...MoneyFields
  }
  expected {
    __typename
    ...MoneyFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"hash":"sha256:02992e31e8af96b40b35257e18fa08de952c3765154f1247f1449562cac0fa2d"}) as unknown as TypedDocumentString<SupportCaseQuery, SupportCaseQueryVariables>;
export const SupportCasesDocument = new TypedDocumentString(`
    query SupportCases($first: Int = 20, $after: String, $status: SupportCaseStatus) {
  __typename
  supportCases(first: $first, after: $after, status: $status) {
    __typename
    totalCount
    pageInfo {
      __typename
      ...PageFields
    }
    edges {
      __typename
      cursor
      node {
        __typename
        ...CaseCard
        account {
          __typename
          id
          name
        }
      }
    }
  }
}
    fragment CaseCard on SupportCase {
  __typename
  id
  status
  reason
  openedBy
  note
  resolution
  resolvedBy
  createdAt
  resolvedAt
  invoice {
    __typename
    id
    number
    displayStatus
  }
  payment {
    __typename
    id
    status
    amount {
      __typename
      ...MoneyFields
    }
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment PageFields on PageInfo {
  __typename
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`, {"hash":"sha256:2e940a000d7cc6d7938c03567c14258e4b7ee260dcdf7b0ca78ee1d50efd43b7"}) as unknown as TypedDocumentString<SupportCasesQuery, SupportCasesQueryVariables>;
export const UpdateBillingContactDocument = new TypedDocumentString(`
    mutation UpdateBillingContact($input: UpdateBillingContactInput!) {
  __typename
  updateBillingContact(input: $input) {
    __typename
    ... on UpdateBillingContactSuccess {
      __typename
      billingContact {
        __typename
        ...ContactFields
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on StaleVersionError {
      __typename
      currentVersion
    }
  }
}
    fragment ContactFields on BillingContact {
  __typename
  id
  name
  email
  locale
  status
  version
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:9767a0fd968e02b8fec201536d86d9ded308b9640e4c6f909f376f026ef92497"}) as unknown as TypedDocumentString<UpdateBillingContactMutation, UpdateBillingContactMutationVariables>;
export const UpdateBillingDetailsDocument = new TypedDocumentString(`
    mutation UpdateBillingDetails($input: UpdateBillingDetailsInput!) {
  __typename
  updateBillingDetails(input: $input) {
    __typename
    ... on UpdateBillingDetailsSuccess {
      __typename
      account {
        __typename
        ...AccountDetails
      }
    }
    ... on UserError {
      __typename
      ...UserErrorFields
    }
    ... on ValidationError {
      __typename
      ...ValidationErrorFields
    }
    ... on StaleVersionError {
      __typename
      currentVersion
    }
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment AccountDetails on Account {
  __typename
  id
  ...AccountCard
  reference
  version
  taxId
  address {
    __typename
    lines
    city
    region
    postalCode
    countryCode
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}
fragment UserErrorFields on UserError {
  __typename
  code
  message
}
fragment ValidationErrorFields on ValidationError {
  __typename
  issues {
    __typename
    path
    code
    message
  }
}`, {"hash":"sha256:1ffaa2977a9e915c90d803c3c47a9135c68717635b60b04146d79b2c10a7ea6c"}) as unknown as TypedDocumentString<UpdateBillingDetailsMutation, UpdateBillingDetailsMutationVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  __typename
  viewer {
    __typename
    email
    role
    account {
      __typename
      ...AccountCard
    }
  }
}
    fragment AccountCard on Account {
  __typename
  id
  name
  email
  plan
  hasInvoicesSection
  invoicesSectionNotice {
    __typename
    code
    message
  }
  currency
  chargeCurrency
  locale
  timeZone
  balanceDue {
    __typename
    ...MoneyFields
  }
}
fragment MoneyFields on Money {
  __typename
  minorUnits
  amount
  currency
}`, {"hash":"sha256:008583dacfdf1f4515dae58d9800b7a87b918af85e84d9623e699ffa14a6846f"}) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;