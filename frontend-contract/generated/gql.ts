/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment AccountCard on Account {\n  id\n  name\n  email\n  plan\n  hasInvoicesSection\n  invoicesSectionNotice {\n    code\n    message\n  }\n  currency\n  chargeCurrency\n  locale\n  timeZone\n  balanceDue {\n    ...MoneyFields\n  }\n}": typeof types.AccountCardFragmentDoc,
    "fragment AccountDetails on Account {\n  id\n  ...AccountCard\n  reference\n  version\n  taxId\n  address {\n    lines\n    city\n    region\n    postalCode\n    countryCode\n  }\n}": typeof types.AccountDetailsFragmentDoc,
    "fragment CandidateFields on ClaimCandidate {\n  id\n  gateway\n  transactionId\n  amount {\n    ...MoneyFields\n  }\n  payerEmail\n  capturedAt\n}": typeof types.CandidateFieldsFragmentDoc,
    "fragment CaseCard on SupportCase {\n  id\n  status\n  reason\n  openedBy\n  note\n  resolution\n  resolvedBy\n  createdAt\n  resolvedAt\n  invoice {\n    id\n    number\n    displayStatus\n  }\n  payment {\n    id\n    status\n    amount {\n      ...MoneyFields\n    }\n  }\n}": typeof types.CaseCardFragmentDoc,
    "fragment CaseDetails on SupportCase {\n  id\n  ...CaseCard\n  account {\n    id\n    name\n    email\n  }\n  evidence {\n    ...EvidenceFields\n  }\n  candidates {\n    ...CandidateFields\n  }\n}": typeof types.CaseDetailsFragmentDoc,
    "fragment CheckoutState on CheckoutSession {\n  id\n  status\n  url\n  expiresAt\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  payment {\n    id\n    status\n    failure {\n      ...FailureFields\n    }\n    method {\n      kind\n      brand\n      last4\n    }\n    capturedAt\n  }\n  invoices {\n    id\n    number\n    status\n    displayStatus\n    isPayable\n    version\n    amountDue {\n      ...MoneyFields\n    }\n  }\n  progress {\n    ...ProgressFields\n  }\n}": typeof types.CheckoutStateFragmentDoc,
    "fragment ConflictFields on IdempotencyConflictError {\n  firstUsedAt\n}": typeof types.ConflictFieldsFragmentDoc,
    "fragment ContactFields on BillingContact {\n  id\n  name\n  email\n  locale\n  status\n  version\n}": typeof types.ContactFieldsFragmentDoc,
    "fragment DeliveryFields on Delivery {\n  id\n  recipient\n  resend\n  state\n  createdAt\n  at\n  attempts\n  lastError\n}": typeof types.DeliveryFieldsFragmentDoc,
    "fragment DisputeFields on Dispute {\n  id\n  status\n  reason\n  charged {\n    ...MoneyFields\n  }\n  openedAt\n  closedAt\n}": typeof types.DisputeFieldsFragmentDoc,
    "fragment DocumentFields on InvoiceDocument {\n  state\n  sha256\n  readyAt\n  retryAt\n  pdfUrl\n  viewUrl\n}": typeof types.DocumentFieldsFragmentDoc,
    "fragment EventFields on BillingEvent {\n  cursor\n  occurredAt\n  ... on InvoiceIssued {\n    invoice {\n      ...InvoiceCard\n    }\n  }\n  ... on InvoiceStatusChanged {\n    invoiceStatus: status\n    displayStatus\n    invoice {\n      ...InvoiceCard\n      amountPaid {\n        ...MoneyFields\n      }\n      amountRefunded {\n        ...MoneyFields\n      }\n    }\n  }\n  ... on PaymentStatusChanged {\n    paymentStatus: status\n    failureCode\n    payment {\n      ...PaymentState\n    }\n  }\n  ... on DocumentStateChanged {\n    documentState: state\n    invoice {\n      id\n      number\n      document {\n        ...DocumentFields\n      }\n    }\n  }\n  ... on DeliveryStateChanged {\n    deliveryState: state\n    invoice {\n      id\n      number\n    }\n    delivery {\n      ...DeliveryFields\n    }\n  }\n  ... on ReceiptStateChanged {\n    receiptState: state\n    payment {\n      id\n      receipt {\n        ...ReceiptFields\n      }\n    }\n  }\n  ... on RefundStatusChanged {\n    refundStatus: status\n    refund {\n      ...RefundFields\n    }\n    payment {\n      id\n      amountRefunded {\n        ...MoneyFields\n      }\n    }\n  }\n  ... on DisputeStatusChanged {\n    disputeStatus: status\n    dispute {\n      ...DisputeFields\n    }\n    payment {\n      id\n      status\n    }\n  }\n  ... on PaymentSettlementRecorded {\n    payment {\n      id\n      status\n    }\n  }\n  ... on SupportCaseChanged {\n    caseStatus: status\n    supportCase {\n      ...CaseCard\n    }\n  }\n  ... on BillingContactChanged {\n    billingContactId\n    billingContact {\n      ...ContactFields\n    }\n  }\n  ... on BillingDetailsChanged {\n    version\n    account {\n      ...AccountDetails\n    }\n  }\n  ... on PaymentLinkChanged {\n    invoice {\n      id\n      number\n    }\n    paymentLink {\n      id\n      state\n      expiresAt\n      usedAt\n      revokedAt\n    }\n  }\n}": typeof types.EventFieldsFragmentDoc,
    "fragment EvidenceFields on StatusEvidence {\n  at\n  source\n  fact\n  message\n  note\n  reference\n  matches\n  nextCheckAt\n  amount {\n    ...MoneyFields\n  }\n  expected {\n    ...MoneyFields\n  }\n}": typeof types.EvidenceFieldsFragmentDoc,
    "fragment FailureFields on PaymentFailure {\n  code\n  message\n  nextAction\n}": typeof types.FailureFieldsFragmentDoc,
    "fragment GatewayUnavailableFields on GatewayUnavailableError {\n  retryAt\n  nextAction\n  paymentLink {\n    ...PaymentLinkFields\n  }\n}": typeof types.GatewayUnavailableFieldsFragmentDoc,
    "fragment InvoiceCard on Invoice {\n  id\n  number\n  kind\n  period {\n    start\n    end\n  }\n  status\n  displayStatus\n  isOverdue\n  isPayable\n  issuedOn\n  dueOn\n  currency\n  total {\n    ...MoneyFields\n  }\n  amountDue {\n    ...MoneyFields\n  }\n  chargeEstimate {\n    ...QuoteFields\n  }\n  document {\n    ...DocumentFields\n  }\n  progress {\n    ...ProgressFields\n  }\n  version\n  createdAt\n  updatedAt\n}": typeof types.InvoiceCardFragmentDoc,
    "fragment InvoiceDetails on Invoice {\n  id\n  ...InvoiceCard\n  account {\n    id\n    name\n  }\n  subtotal {\n    ...MoneyFields\n  }\n  tax {\n    ...MoneyFields\n  }\n  taxes {\n    name\n    rate\n    base {\n      ...MoneyFields\n    }\n    amount {\n      ...MoneyFields\n    }\n  }\n  amountPaid {\n    ...MoneyFields\n  }\n  amountRefunded {\n    ...MoneyFields\n  }\n  lineItems {\n    description\n    quantity\n    unitPrice\n    amount {\n      ...MoneyFields\n    }\n  }\n  deliveries {\n    ...DeliveryFields\n  }\n  statusEvidence {\n    ...EvidenceFields\n  }\n}": typeof types.InvoiceDetailsFragmentDoc,
    "fragment MoneyFields on Money {\n  minorUnits\n  amount\n  currency\n}": typeof types.MoneyFieldsFragmentDoc,
    "fragment NotPayableFields on InvoiceNotPayableError {\n  invoice {\n    ...InvoiceCard\n  }\n}": typeof types.NotPayableFieldsFragmentDoc,
    "fragment PageFields on PageInfo {\n  hasNextPage\n  hasPreviousPage\n  startCursor\n  endCursor\n}": typeof types.PageFieldsFragmentDoc,
    "fragment PaymentCard on Payment {\n  id\n  status\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  method {\n    kind\n    brand\n    last4\n  }\n  failure {\n    ...FailureFields\n  }\n  createdAt\n  capturedAt\n  bankReference\n  amountRefunded {\n    ...MoneyFields\n  }\n  refunds {\n    ...RefundFields\n  }\n  disputes {\n    ...DisputeFields\n  }\n  receipt {\n    ...ReceiptFields\n  }\n}": typeof types.PaymentCardFragmentDoc,
    "fragment PaymentLinkFields on PaymentLink {\n  id\n  state\n  url\n  amount {\n    ...MoneyFields\n  }\n  createdAt\n  expiresAt\n  usedAt\n  revokedAt\n}": typeof types.PaymentLinkFieldsFragmentDoc,
    "fragment PaymentState on Payment {\n  id\n  status\n  method {\n    kind\n    brand\n    last4\n  }\n  failure {\n    ...FailureFields\n  }\n  capturedAt\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  allocations {\n    invoice {\n      id\n      number\n      displayStatus\n    }\n  }\n}": typeof types.PaymentStateFragmentDoc,
    "fragment ProgressFields on PaymentProgress {\n  state\n  reason\n  nextCheckAt\n  deadlineAt\n  supportCase {\n    id\n    status\n    reason\n  }\n}": typeof types.ProgressFieldsFragmentDoc,
    "fragment QuoteFields on Quote {\n  rate\n  base\n  quote\n  source\n  asOf\n  validUntil\n  charged {\n    ...MoneyFields\n  }\n}": typeof types.QuoteFieldsFragmentDoc,
    "fragment RateUnavailableFields on ExchangeRateUnavailableError {\n  base\n  quote\n  asOf\n}": typeof types.RateUnavailableFieldsFragmentDoc,
    "fragment ReceiptFields on PaymentReceipt {\n  number\n  state\n  sha256\n  readyAt\n  retryAt\n  pdfUrl\n}": typeof types.ReceiptFieldsFragmentDoc,
    "fragment RefundFields on Refund {\n  id\n  status\n  reason\n  charged {\n    ...MoneyFields\n  }\n  amount {\n    ...MoneyFields\n  }\n  createdAt\n  updatedAt\n  failureCode\n  requestedBy\n  note\n}": typeof types.RefundFieldsFragmentDoc,
    "fragment SettlementFields on Payment {\n  id\n  settlement {\n    gross {\n      ...MoneyFields\n    }\n    fee {\n      ...MoneyFields\n    }\n    net {\n      ...MoneyFields\n    }\n    rate\n  }\n  slippage {\n    ...MoneyFields\n  }\n}": typeof types.SettlementFieldsFragmentDoc,
    "fragment TooSoonFields on TooSoonError {\n  retryAt\n}": typeof types.TooSoonFieldsFragmentDoc,
    "fragment UserErrorFields on UserError {\n  code\n  message\n}": typeof types.UserErrorFieldsFragmentDoc,
    "fragment ValidationErrorFields on ValidationError {\n  issues {\n    path\n    code\n    message\n  }\n}": typeof types.ValidationErrorFieldsFragmentDoc,
    "query Accounts($search: String, $first: Int = 20, $after: String) {\n  accounts(search: $search, first: $first, after: $after) {\n    pageInfo {\n      ...PageFields\n    }\n    edges {\n      cursor\n      node {\n        ...AccountCard\n        reference\n      }\n    }\n  }\n}": typeof types.AccountsDocument,
    "mutation AddBillingContact($input: AddBillingContactInput!) {\n  addBillingContact(input: $input) {\n    ... on AddBillingContactSuccess {\n      billingContact {\n        ...ContactFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.AddBillingContactDocument,
    "query BillingContacts {\n  viewer {\n    email\n    role\n    account {\n      id\n      email\n      billingContacts {\n        ...ContactFields\n      }\n    }\n  }\n}": typeof types.BillingContactsDocument,
    "query BillingDetails {\n  viewer {\n    email\n    role\n    account {\n      ...AccountDetails\n    }\n  }\n}": typeof types.BillingDetailsDocument,
    "query BillingEventPage($after: EventCursor, $first: Int = 50, $accountId: ID) {\n  billingEvents(after: $after, first: $first, accountId: $accountId) {\n    endCursor\n    hasMore\n    events {\n      ...EventFields\n    }\n  }\n}": typeof types.BillingEventPageDocument,
    "subscription BillingEvents($after: EventCursor, $accountId: ID) {\n  billingEvents(after: $after, accountId: $accountId) {\n    ...EventFields\n  }\n}": typeof types.BillingEventsDocument,
    "subscription CheckoutEvents($checkoutSessionId: ID!, $after: EventCursor) {\n  checkoutEvents(checkoutSessionId: $checkoutSessionId, after: $after) {\n    ...EventFields\n  }\n}": typeof types.CheckoutEventsDocument,
    "query CheckoutSession($id: ID!) {\n  checkoutSession(id: $id) {\n    ...CheckoutState\n  }\n}": typeof types.CheckoutSessionDocument,
    "mutation ClaimPaid($input: ClaimPaidInput!) {\n  claimPaid(input: $input) {\n    ... on ClaimSettled {\n      invoice {\n        ...InvoiceCard\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on ClaimUnderReview {\n      supportCase {\n        ...CaseCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.ClaimPaidDocument,
    "mutation ConfirmCheckout($input: ConfirmCheckoutInput!) {\n  confirmCheckout(input: $input) {\n    ... on ConfirmCheckoutSuccess {\n      checkoutSession {\n        ...CheckoutState\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n  }\n}": typeof types.ConfirmCheckoutDocument,
    "mutation CreatePaymentLink($input: CreatePaymentLinkInput!) {\n  createPaymentLink(input: $input) {\n    ... on CreatePaymentLinkSuccess {\n      paymentLink {\n        ...PaymentLinkFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.CreatePaymentLinkDocument,
    "query Invoice($by: InvoiceRef!) {\n  invoice(by: $by) {\n    ...InvoiceDetails\n    payments(first: 20) {\n      totalCount\n      nodes {\n        ...PaymentCard\n      }\n    }\n  }\n}": typeof types.InvoiceDocument,
    "query InvoiceDocument($id: ID!) {\n  invoice(by: {id: $id}) {\n    id\n    number\n    document {\n      ...DocumentFields\n    }\n  }\n}": typeof types.InvoiceDocumentDocument,
    "subscription InvoiceEvents($invoiceId: ID!, $after: EventCursor) {\n  invoiceEvents(invoiceId: $invoiceId, after: $after) {\n    ...EventFields\n  }\n}": typeof types.InvoiceEventsDocument,
    "query Invoices($first: Int = 20, $after: String, $filter: InvoiceFilter) {\n  viewer {\n    email\n    role\n    account {\n      id\n      plan\n      hasInvoicesSection\n      invoicesSectionNotice {\n        code\n        message\n      }\n      balanceDue {\n        ...MoneyFields\n      }\n      invoices(first: $first, after: $after, filter: $filter) {\n        totalCount\n        pageInfo {\n          ...PageFields\n        }\n        edges {\n          cursor\n          node {\n            ...InvoiceCard\n          }\n        }\n      }\n    }\n  }\n}": typeof types.InvoicesDocument,
    "query PayableInvoices($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    ... on Invoice {\n      ...InvoiceCard\n    }\n  }\n}": typeof types.PayableInvoicesDocument,
    "query Payments($first: Int = 20, $after: String) {\n  viewer {\n    email\n    role\n    account {\n      id\n      payments(first: $first, after: $after) {\n        totalCount\n        pageInfo {\n          ...PageFields\n        }\n        edges {\n          cursor\n          node {\n            ...PaymentCard\n            allocations {\n              invoice {\n                id\n                number\n              }\n            }\n          }\n        }\n      }\n    }\n  }\n}": typeof types.PaymentsDocument,
    "mutation RecordOfflinePayment($input: RecordOfflinePaymentInput!) {\n  recordOfflinePayment(input: $input) {\n    ... on RecordOfflinePaymentSuccess {\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.RecordOfflinePaymentDocument,
    "mutation RecordOfflineRefund($input: RecordOfflineRefundInput!) {\n  recordOfflineRefund(input: $input) {\n    ... on RecordOfflineRefundSuccess {\n      refund {\n        ...RefundFields\n        bankReference\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.RecordOfflineRefundDocument,
    "mutation RefundPayment($input: RefundPaymentInput!) {\n  refundPayment(input: $input) {\n    ... on RefundPaymentSuccess {\n      refund {\n        ...RefundFields\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.RefundPaymentDocument,
    "mutation RemoveBillingContact($input: RemoveBillingContactInput!) {\n  removeBillingContact(input: $input) {\n    ... on RemoveBillingContactSuccess {\n      billingContactId\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n  }\n}": typeof types.RemoveBillingContactDocument,
    "mutation ResendInvoice($input: ResendInvoiceInput!) {\n  resendInvoice(input: $input) {\n    ... on ResendInvoiceSuccess {\n      invoice {\n        id\n        deliveries {\n          ...DeliveryFields\n        }\n      }\n      deliveries {\n        ...DeliveryFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on TooSoonError {\n      ...TooSoonFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.ResendInvoiceDocument,
    "mutation ResolveSupportCase($input: ResolveSupportCaseInput!) {\n  resolveSupportCase(input: $input) {\n    ... on ResolveSupportCaseSuccess {\n      supportCase {\n        ...CaseCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n  }\n}": typeof types.ResolveSupportCaseDocument,
    "mutation RevokePaymentLink($input: RevokePaymentLinkInput!) {\n  revokePaymentLink(input: $input) {\n    ... on RevokePaymentLinkSuccess {\n      paymentLink {\n        ...PaymentLinkFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n  }\n}": typeof types.RevokePaymentLinkDocument,
    "mutation SettleClaim($input: SettleClaimInput!) {\n  settleClaim(input: $input) {\n    ... on SettleClaimSuccess {\n      supportCase {\n        ...CaseCard\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n  }\n}": typeof types.SettleClaimDocument,
    "query StaffAccount($id: ID!, $first: Int = 20, $after: String, $filter: InvoiceFilter) {\n  account(id: $id) {\n    ...AccountDetails\n    billingContacts {\n      ...ContactFields\n    }\n    invoices(first: $first, after: $after, filter: $filter) {\n      totalCount\n      pageInfo {\n        ...PageFields\n      }\n      edges {\n        cursor\n        node {\n          ...InvoiceCard\n        }\n      }\n    }\n    supportCases(first: 20, status: OPEN) {\n      totalCount\n      nodes {\n        ...CaseCard\n      }\n    }\n  }\n}": typeof types.StaffAccountDocument,
    "query StaffInvoice($by: InvoiceRef!) {\n  invoice(by: $by) {\n    ...InvoiceDetails\n    payments(first: 20) {\n      totalCount\n      nodes {\n        ...PaymentCard\n        ...SettlementFields\n      }\n    }\n    paymentLinks {\n      ...PaymentLinkFields\n    }\n  }\n}": typeof types.StaffInvoiceDocument,
    "mutation StartCheckout($input: StartCheckoutInput!) {\n  startCheckout(input: $input) {\n    ... on StartCheckoutSuccess {\n      replayed\n      checkoutSession {\n        ...CheckoutState\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on CheckoutRefusedError {\n      nextAction\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n    ... on ExchangeRateUnavailableError {\n      ...RateUnavailableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": typeof types.StartCheckoutDocument,
    "query SupportCase($id: ID!) {\n  node(id: $id) {\n    ... on SupportCase {\n      ...CaseDetails\n    }\n  }\n}": typeof types.SupportCaseDocument,
    "query SupportCases($first: Int = 20, $after: String, $status: SupportCaseStatus) {\n  supportCases(first: $first, after: $after, status: $status) {\n    totalCount\n    pageInfo {\n      ...PageFields\n    }\n    edges {\n      cursor\n      node {\n        ...CaseCard\n        account {\n          id\n          name\n        }\n      }\n    }\n  }\n}": typeof types.SupportCasesDocument,
    "mutation UpdateBillingContact($input: UpdateBillingContactInput!) {\n  updateBillingContact(input: $input) {\n    ... on UpdateBillingContactSuccess {\n      billingContact {\n        ...ContactFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on StaleVersionError {\n      currentVersion\n    }\n  }\n}": typeof types.UpdateBillingContactDocument,
    "mutation UpdateBillingDetails($input: UpdateBillingDetailsInput!) {\n  updateBillingDetails(input: $input) {\n    ... on UpdateBillingDetailsSuccess {\n      account {\n        ...AccountDetails\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on StaleVersionError {\n      currentVersion\n    }\n  }\n}": typeof types.UpdateBillingDetailsDocument,
    "query Viewer {\n  viewer {\n    email\n    role\n    account {\n      ...AccountCard\n    }\n  }\n}": typeof types.ViewerDocument,
};
const documents: Documents = {
    "fragment AccountCard on Account {\n  id\n  name\n  email\n  plan\n  hasInvoicesSection\n  invoicesSectionNotice {\n    code\n    message\n  }\n  currency\n  chargeCurrency\n  locale\n  timeZone\n  balanceDue {\n    ...MoneyFields\n  }\n}": types.AccountCardFragmentDoc,
    "fragment AccountDetails on Account {\n  id\n  ...AccountCard\n  reference\n  version\n  taxId\n  address {\n    lines\n    city\n    region\n    postalCode\n    countryCode\n  }\n}": types.AccountDetailsFragmentDoc,
    "fragment CandidateFields on ClaimCandidate {\n  id\n  gateway\n  transactionId\n  amount {\n    ...MoneyFields\n  }\n  payerEmail\n  capturedAt\n}": types.CandidateFieldsFragmentDoc,
    "fragment CaseCard on SupportCase {\n  id\n  status\n  reason\n  openedBy\n  note\n  resolution\n  resolvedBy\n  createdAt\n  resolvedAt\n  invoice {\n    id\n    number\n    displayStatus\n  }\n  payment {\n    id\n    status\n    amount {\n      ...MoneyFields\n    }\n  }\n}": types.CaseCardFragmentDoc,
    "fragment CaseDetails on SupportCase {\n  id\n  ...CaseCard\n  account {\n    id\n    name\n    email\n  }\n  evidence {\n    ...EvidenceFields\n  }\n  candidates {\n    ...CandidateFields\n  }\n}": types.CaseDetailsFragmentDoc,
    "fragment CheckoutState on CheckoutSession {\n  id\n  status\n  url\n  expiresAt\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  payment {\n    id\n    status\n    failure {\n      ...FailureFields\n    }\n    method {\n      kind\n      brand\n      last4\n    }\n    capturedAt\n  }\n  invoices {\n    id\n    number\n    status\n    displayStatus\n    isPayable\n    version\n    amountDue {\n      ...MoneyFields\n    }\n  }\n  progress {\n    ...ProgressFields\n  }\n}": types.CheckoutStateFragmentDoc,
    "fragment ConflictFields on IdempotencyConflictError {\n  firstUsedAt\n}": types.ConflictFieldsFragmentDoc,
    "fragment ContactFields on BillingContact {\n  id\n  name\n  email\n  locale\n  status\n  version\n}": types.ContactFieldsFragmentDoc,
    "fragment DeliveryFields on Delivery {\n  id\n  recipient\n  resend\n  state\n  createdAt\n  at\n  attempts\n  lastError\n}": types.DeliveryFieldsFragmentDoc,
    "fragment DisputeFields on Dispute {\n  id\n  status\n  reason\n  charged {\n    ...MoneyFields\n  }\n  openedAt\n  closedAt\n}": types.DisputeFieldsFragmentDoc,
    "fragment DocumentFields on InvoiceDocument {\n  state\n  sha256\n  readyAt\n  retryAt\n  pdfUrl\n  viewUrl\n}": types.DocumentFieldsFragmentDoc,
    "fragment EventFields on BillingEvent {\n  cursor\n  occurredAt\n  ... on InvoiceIssued {\n    invoice {\n      ...InvoiceCard\n    }\n  }\n  ... on InvoiceStatusChanged {\n    invoiceStatus: status\n    displayStatus\n    invoice {\n      ...InvoiceCard\n      amountPaid {\n        ...MoneyFields\n      }\n      amountRefunded {\n        ...MoneyFields\n      }\n    }\n  }\n  ... on PaymentStatusChanged {\n    paymentStatus: status\n    failureCode\n    payment {\n      ...PaymentState\n    }\n  }\n  ... on DocumentStateChanged {\n    documentState: state\n    invoice {\n      id\n      number\n      document {\n        ...DocumentFields\n      }\n    }\n  }\n  ... on DeliveryStateChanged {\n    deliveryState: state\n    invoice {\n      id\n      number\n    }\n    delivery {\n      ...DeliveryFields\n    }\n  }\n  ... on ReceiptStateChanged {\n    receiptState: state\n    payment {\n      id\n      receipt {\n        ...ReceiptFields\n      }\n    }\n  }\n  ... on RefundStatusChanged {\n    refundStatus: status\n    refund {\n      ...RefundFields\n    }\n    payment {\n      id\n      amountRefunded {\n        ...MoneyFields\n      }\n    }\n  }\n  ... on DisputeStatusChanged {\n    disputeStatus: status\n    dispute {\n      ...DisputeFields\n    }\n    payment {\n      id\n      status\n    }\n  }\n  ... on PaymentSettlementRecorded {\n    payment {\n      id\n      status\n    }\n  }\n  ... on SupportCaseChanged {\n    caseStatus: status\n    supportCase {\n      ...CaseCard\n    }\n  }\n  ... on BillingContactChanged {\n    billingContactId\n    billingContact {\n      ...ContactFields\n    }\n  }\n  ... on BillingDetailsChanged {\n    version\n    account {\n      ...AccountDetails\n    }\n  }\n  ... on PaymentLinkChanged {\n    invoice {\n      id\n      number\n    }\n    paymentLink {\n      id\n      state\n      expiresAt\n      usedAt\n      revokedAt\n    }\n  }\n}": types.EventFieldsFragmentDoc,
    "fragment EvidenceFields on StatusEvidence {\n  at\n  source\n  fact\n  message\n  note\n  reference\n  matches\n  nextCheckAt\n  amount {\n    ...MoneyFields\n  }\n  expected {\n    ...MoneyFields\n  }\n}": types.EvidenceFieldsFragmentDoc,
    "fragment FailureFields on PaymentFailure {\n  code\n  message\n  nextAction\n}": types.FailureFieldsFragmentDoc,
    "fragment GatewayUnavailableFields on GatewayUnavailableError {\n  retryAt\n  nextAction\n  paymentLink {\n    ...PaymentLinkFields\n  }\n}": types.GatewayUnavailableFieldsFragmentDoc,
    "fragment InvoiceCard on Invoice {\n  id\n  number\n  kind\n  period {\n    start\n    end\n  }\n  status\n  displayStatus\n  isOverdue\n  isPayable\n  issuedOn\n  dueOn\n  currency\n  total {\n    ...MoneyFields\n  }\n  amountDue {\n    ...MoneyFields\n  }\n  chargeEstimate {\n    ...QuoteFields\n  }\n  document {\n    ...DocumentFields\n  }\n  progress {\n    ...ProgressFields\n  }\n  version\n  createdAt\n  updatedAt\n}": types.InvoiceCardFragmentDoc,
    "fragment InvoiceDetails on Invoice {\n  id\n  ...InvoiceCard\n  account {\n    id\n    name\n  }\n  subtotal {\n    ...MoneyFields\n  }\n  tax {\n    ...MoneyFields\n  }\n  taxes {\n    name\n    rate\n    base {\n      ...MoneyFields\n    }\n    amount {\n      ...MoneyFields\n    }\n  }\n  amountPaid {\n    ...MoneyFields\n  }\n  amountRefunded {\n    ...MoneyFields\n  }\n  lineItems {\n    description\n    quantity\n    unitPrice\n    amount {\n      ...MoneyFields\n    }\n  }\n  deliveries {\n    ...DeliveryFields\n  }\n  statusEvidence {\n    ...EvidenceFields\n  }\n}": types.InvoiceDetailsFragmentDoc,
    "fragment MoneyFields on Money {\n  minorUnits\n  amount\n  currency\n}": types.MoneyFieldsFragmentDoc,
    "fragment NotPayableFields on InvoiceNotPayableError {\n  invoice {\n    ...InvoiceCard\n  }\n}": types.NotPayableFieldsFragmentDoc,
    "fragment PageFields on PageInfo {\n  hasNextPage\n  hasPreviousPage\n  startCursor\n  endCursor\n}": types.PageFieldsFragmentDoc,
    "fragment PaymentCard on Payment {\n  id\n  status\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  method {\n    kind\n    brand\n    last4\n  }\n  failure {\n    ...FailureFields\n  }\n  createdAt\n  capturedAt\n  bankReference\n  amountRefunded {\n    ...MoneyFields\n  }\n  refunds {\n    ...RefundFields\n  }\n  disputes {\n    ...DisputeFields\n  }\n  receipt {\n    ...ReceiptFields\n  }\n}": types.PaymentCardFragmentDoc,
    "fragment PaymentLinkFields on PaymentLink {\n  id\n  state\n  url\n  amount {\n    ...MoneyFields\n  }\n  createdAt\n  expiresAt\n  usedAt\n  revokedAt\n}": types.PaymentLinkFieldsFragmentDoc,
    "fragment PaymentState on Payment {\n  id\n  status\n  method {\n    kind\n    brand\n    last4\n  }\n  failure {\n    ...FailureFields\n  }\n  capturedAt\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  allocations {\n    invoice {\n      id\n      number\n      displayStatus\n    }\n  }\n}": types.PaymentStateFragmentDoc,
    "fragment ProgressFields on PaymentProgress {\n  state\n  reason\n  nextCheckAt\n  deadlineAt\n  supportCase {\n    id\n    status\n    reason\n  }\n}": types.ProgressFieldsFragmentDoc,
    "fragment QuoteFields on Quote {\n  rate\n  base\n  quote\n  source\n  asOf\n  validUntil\n  charged {\n    ...MoneyFields\n  }\n}": types.QuoteFieldsFragmentDoc,
    "fragment RateUnavailableFields on ExchangeRateUnavailableError {\n  base\n  quote\n  asOf\n}": types.RateUnavailableFieldsFragmentDoc,
    "fragment ReceiptFields on PaymentReceipt {\n  number\n  state\n  sha256\n  readyAt\n  retryAt\n  pdfUrl\n}": types.ReceiptFieldsFragmentDoc,
    "fragment RefundFields on Refund {\n  id\n  status\n  reason\n  charged {\n    ...MoneyFields\n  }\n  amount {\n    ...MoneyFields\n  }\n  createdAt\n  updatedAt\n  failureCode\n  requestedBy\n  note\n}": types.RefundFieldsFragmentDoc,
    "fragment SettlementFields on Payment {\n  id\n  settlement {\n    gross {\n      ...MoneyFields\n    }\n    fee {\n      ...MoneyFields\n    }\n    net {\n      ...MoneyFields\n    }\n    rate\n  }\n  slippage {\n    ...MoneyFields\n  }\n}": types.SettlementFieldsFragmentDoc,
    "fragment TooSoonFields on TooSoonError {\n  retryAt\n}": types.TooSoonFieldsFragmentDoc,
    "fragment UserErrorFields on UserError {\n  code\n  message\n}": types.UserErrorFieldsFragmentDoc,
    "fragment ValidationErrorFields on ValidationError {\n  issues {\n    path\n    code\n    message\n  }\n}": types.ValidationErrorFieldsFragmentDoc,
    "query Accounts($search: String, $first: Int = 20, $after: String) {\n  accounts(search: $search, first: $first, after: $after) {\n    pageInfo {\n      ...PageFields\n    }\n    edges {\n      cursor\n      node {\n        ...AccountCard\n        reference\n      }\n    }\n  }\n}": types.AccountsDocument,
    "mutation AddBillingContact($input: AddBillingContactInput!) {\n  addBillingContact(input: $input) {\n    ... on AddBillingContactSuccess {\n      billingContact {\n        ...ContactFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.AddBillingContactDocument,
    "query BillingContacts {\n  viewer {\n    email\n    role\n    account {\n      id\n      email\n      billingContacts {\n        ...ContactFields\n      }\n    }\n  }\n}": types.BillingContactsDocument,
    "query BillingDetails {\n  viewer {\n    email\n    role\n    account {\n      ...AccountDetails\n    }\n  }\n}": types.BillingDetailsDocument,
    "query BillingEventPage($after: EventCursor, $first: Int = 50, $accountId: ID) {\n  billingEvents(after: $after, first: $first, accountId: $accountId) {\n    endCursor\n    hasMore\n    events {\n      ...EventFields\n    }\n  }\n}": types.BillingEventPageDocument,
    "subscription BillingEvents($after: EventCursor, $accountId: ID) {\n  billingEvents(after: $after, accountId: $accountId) {\n    ...EventFields\n  }\n}": types.BillingEventsDocument,
    "subscription CheckoutEvents($checkoutSessionId: ID!, $after: EventCursor) {\n  checkoutEvents(checkoutSessionId: $checkoutSessionId, after: $after) {\n    ...EventFields\n  }\n}": types.CheckoutEventsDocument,
    "query CheckoutSession($id: ID!) {\n  checkoutSession(id: $id) {\n    ...CheckoutState\n  }\n}": types.CheckoutSessionDocument,
    "mutation ClaimPaid($input: ClaimPaidInput!) {\n  claimPaid(input: $input) {\n    ... on ClaimSettled {\n      invoice {\n        ...InvoiceCard\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on ClaimUnderReview {\n      supportCase {\n        ...CaseCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.ClaimPaidDocument,
    "mutation ConfirmCheckout($input: ConfirmCheckoutInput!) {\n  confirmCheckout(input: $input) {\n    ... on ConfirmCheckoutSuccess {\n      checkoutSession {\n        ...CheckoutState\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n  }\n}": types.ConfirmCheckoutDocument,
    "mutation CreatePaymentLink($input: CreatePaymentLinkInput!) {\n  createPaymentLink(input: $input) {\n    ... on CreatePaymentLinkSuccess {\n      paymentLink {\n        ...PaymentLinkFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.CreatePaymentLinkDocument,
    "query Invoice($by: InvoiceRef!) {\n  invoice(by: $by) {\n    ...InvoiceDetails\n    payments(first: 20) {\n      totalCount\n      nodes {\n        ...PaymentCard\n      }\n    }\n  }\n}": types.InvoiceDocument,
    "query InvoiceDocument($id: ID!) {\n  invoice(by: {id: $id}) {\n    id\n    number\n    document {\n      ...DocumentFields\n    }\n  }\n}": types.InvoiceDocumentDocument,
    "subscription InvoiceEvents($invoiceId: ID!, $after: EventCursor) {\n  invoiceEvents(invoiceId: $invoiceId, after: $after) {\n    ...EventFields\n  }\n}": types.InvoiceEventsDocument,
    "query Invoices($first: Int = 20, $after: String, $filter: InvoiceFilter) {\n  viewer {\n    email\n    role\n    account {\n      id\n      plan\n      hasInvoicesSection\n      invoicesSectionNotice {\n        code\n        message\n      }\n      balanceDue {\n        ...MoneyFields\n      }\n      invoices(first: $first, after: $after, filter: $filter) {\n        totalCount\n        pageInfo {\n          ...PageFields\n        }\n        edges {\n          cursor\n          node {\n            ...InvoiceCard\n          }\n        }\n      }\n    }\n  }\n}": types.InvoicesDocument,
    "query PayableInvoices($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    ... on Invoice {\n      ...InvoiceCard\n    }\n  }\n}": types.PayableInvoicesDocument,
    "query Payments($first: Int = 20, $after: String) {\n  viewer {\n    email\n    role\n    account {\n      id\n      payments(first: $first, after: $after) {\n        totalCount\n        pageInfo {\n          ...PageFields\n        }\n        edges {\n          cursor\n          node {\n            ...PaymentCard\n            allocations {\n              invoice {\n                id\n                number\n              }\n            }\n          }\n        }\n      }\n    }\n  }\n}": types.PaymentsDocument,
    "mutation RecordOfflinePayment($input: RecordOfflinePaymentInput!) {\n  recordOfflinePayment(input: $input) {\n    ... on RecordOfflinePaymentSuccess {\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.RecordOfflinePaymentDocument,
    "mutation RecordOfflineRefund($input: RecordOfflineRefundInput!) {\n  recordOfflineRefund(input: $input) {\n    ... on RecordOfflineRefundSuccess {\n      refund {\n        ...RefundFields\n        bankReference\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.RecordOfflineRefundDocument,
    "mutation RefundPayment($input: RefundPaymentInput!) {\n  refundPayment(input: $input) {\n    ... on RefundPaymentSuccess {\n      refund {\n        ...RefundFields\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.RefundPaymentDocument,
    "mutation RemoveBillingContact($input: RemoveBillingContactInput!) {\n  removeBillingContact(input: $input) {\n    ... on RemoveBillingContactSuccess {\n      billingContactId\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n  }\n}": types.RemoveBillingContactDocument,
    "mutation ResendInvoice($input: ResendInvoiceInput!) {\n  resendInvoice(input: $input) {\n    ... on ResendInvoiceSuccess {\n      invoice {\n        id\n        deliveries {\n          ...DeliveryFields\n        }\n      }\n      deliveries {\n        ...DeliveryFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on TooSoonError {\n      ...TooSoonFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.ResendInvoiceDocument,
    "mutation ResolveSupportCase($input: ResolveSupportCaseInput!) {\n  resolveSupportCase(input: $input) {\n    ... on ResolveSupportCaseSuccess {\n      supportCase {\n        ...CaseCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n  }\n}": types.ResolveSupportCaseDocument,
    "mutation RevokePaymentLink($input: RevokePaymentLinkInput!) {\n  revokePaymentLink(input: $input) {\n    ... on RevokePaymentLinkSuccess {\n      paymentLink {\n        ...PaymentLinkFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n  }\n}": types.RevokePaymentLinkDocument,
    "mutation SettleClaim($input: SettleClaimInput!) {\n  settleClaim(input: $input) {\n    ... on SettleClaimSuccess {\n      supportCase {\n        ...CaseCard\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n  }\n}": types.SettleClaimDocument,
    "query StaffAccount($id: ID!, $first: Int = 20, $after: String, $filter: InvoiceFilter) {\n  account(id: $id) {\n    ...AccountDetails\n    billingContacts {\n      ...ContactFields\n    }\n    invoices(first: $first, after: $after, filter: $filter) {\n      totalCount\n      pageInfo {\n        ...PageFields\n      }\n      edges {\n        cursor\n        node {\n          ...InvoiceCard\n        }\n      }\n    }\n    supportCases(first: 20, status: OPEN) {\n      totalCount\n      nodes {\n        ...CaseCard\n      }\n    }\n  }\n}": types.StaffAccountDocument,
    "query StaffInvoice($by: InvoiceRef!) {\n  invoice(by: $by) {\n    ...InvoiceDetails\n    payments(first: 20) {\n      totalCount\n      nodes {\n        ...PaymentCard\n        ...SettlementFields\n      }\n    }\n    paymentLinks {\n      ...PaymentLinkFields\n    }\n  }\n}": types.StaffInvoiceDocument,
    "mutation StartCheckout($input: StartCheckoutInput!) {\n  startCheckout(input: $input) {\n    ... on StartCheckoutSuccess {\n      replayed\n      checkoutSession {\n        ...CheckoutState\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on CheckoutRefusedError {\n      nextAction\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n    ... on ExchangeRateUnavailableError {\n      ...RateUnavailableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}": types.StartCheckoutDocument,
    "query SupportCase($id: ID!) {\n  node(id: $id) {\n    ... on SupportCase {\n      ...CaseDetails\n    }\n  }\n}": types.SupportCaseDocument,
    "query SupportCases($first: Int = 20, $after: String, $status: SupportCaseStatus) {\n  supportCases(first: $first, after: $after, status: $status) {\n    totalCount\n    pageInfo {\n      ...PageFields\n    }\n    edges {\n      cursor\n      node {\n        ...CaseCard\n        account {\n          id\n          name\n        }\n      }\n    }\n  }\n}": types.SupportCasesDocument,
    "mutation UpdateBillingContact($input: UpdateBillingContactInput!) {\n  updateBillingContact(input: $input) {\n    ... on UpdateBillingContactSuccess {\n      billingContact {\n        ...ContactFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on StaleVersionError {\n      currentVersion\n    }\n  }\n}": types.UpdateBillingContactDocument,
    "mutation UpdateBillingDetails($input: UpdateBillingDetailsInput!) {\n  updateBillingDetails(input: $input) {\n    ... on UpdateBillingDetailsSuccess {\n      account {\n        ...AccountDetails\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on StaleVersionError {\n      currentVersion\n    }\n  }\n}": types.UpdateBillingDetailsDocument,
    "query Viewer {\n  viewer {\n    email\n    role\n    account {\n      ...AccountCard\n    }\n  }\n}": types.ViewerDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment AccountCard on Account {\n  id\n  name\n  email\n  plan\n  hasInvoicesSection\n  invoicesSectionNotice {\n    code\n    message\n  }\n  currency\n  chargeCurrency\n  locale\n  timeZone\n  balanceDue {\n    ...MoneyFields\n  }\n}"): typeof import('./graphql.js').AccountCardFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment AccountDetails on Account {\n  id\n  ...AccountCard\n  reference\n  version\n  taxId\n  address {\n    lines\n    city\n    region\n    postalCode\n    countryCode\n  }\n}"): typeof import('./graphql.js').AccountDetailsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment CandidateFields on ClaimCandidate {\n  id\n  gateway\n  transactionId\n  amount {\n    ...MoneyFields\n  }\n  payerEmail\n  capturedAt\n}"): typeof import('./graphql.js').CandidateFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment CaseCard on SupportCase {\n  id\n  status\n  reason\n  openedBy\n  note\n  resolution\n  resolvedBy\n  createdAt\n  resolvedAt\n  invoice {\n    id\n    number\n    displayStatus\n  }\n  payment {\n    id\n    status\n    amount {\n      ...MoneyFields\n    }\n  }\n}"): typeof import('./graphql.js').CaseCardFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment CaseDetails on SupportCase {\n  id\n  ...CaseCard\n  account {\n    id\n    name\n    email\n  }\n  evidence {\n    ...EvidenceFields\n  }\n  candidates {\n    ...CandidateFields\n  }\n}"): typeof import('./graphql.js').CaseDetailsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment CheckoutState on CheckoutSession {\n  id\n  status\n  url\n  expiresAt\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  payment {\n    id\n    status\n    failure {\n      ...FailureFields\n    }\n    method {\n      kind\n      brand\n      last4\n    }\n    capturedAt\n  }\n  invoices {\n    id\n    number\n    status\n    displayStatus\n    isPayable\n    version\n    amountDue {\n      ...MoneyFields\n    }\n  }\n  progress {\n    ...ProgressFields\n  }\n}"): typeof import('./graphql.js').CheckoutStateFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ConflictFields on IdempotencyConflictError {\n  firstUsedAt\n}"): typeof import('./graphql.js').ConflictFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ContactFields on BillingContact {\n  id\n  name\n  email\n  locale\n  status\n  version\n}"): typeof import('./graphql.js').ContactFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment DeliveryFields on Delivery {\n  id\n  recipient\n  resend\n  state\n  createdAt\n  at\n  attempts\n  lastError\n}"): typeof import('./graphql.js').DeliveryFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment DisputeFields on Dispute {\n  id\n  status\n  reason\n  charged {\n    ...MoneyFields\n  }\n  openedAt\n  closedAt\n}"): typeof import('./graphql.js').DisputeFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment DocumentFields on InvoiceDocument {\n  state\n  sha256\n  readyAt\n  retryAt\n  pdfUrl\n  viewUrl\n}"): typeof import('./graphql.js').DocumentFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment EventFields on BillingEvent {\n  cursor\n  occurredAt\n  ... on InvoiceIssued {\n    invoice {\n      ...InvoiceCard\n    }\n  }\n  ... on InvoiceStatusChanged {\n    invoiceStatus: status\n    displayStatus\n    invoice {\n      ...InvoiceCard\n      amountPaid {\n        ...MoneyFields\n      }\n      amountRefunded {\n        ...MoneyFields\n      }\n    }\n  }\n  ... on PaymentStatusChanged {\n    paymentStatus: status\n    failureCode\n    payment {\n      ...PaymentState\n    }\n  }\n  ... on DocumentStateChanged {\n    documentState: state\n    invoice {\n      id\n      number\n      document {\n        ...DocumentFields\n      }\n    }\n  }\n  ... on DeliveryStateChanged {\n    deliveryState: state\n    invoice {\n      id\n      number\n    }\n    delivery {\n      ...DeliveryFields\n    }\n  }\n  ... on ReceiptStateChanged {\n    receiptState: state\n    payment {\n      id\n      receipt {\n        ...ReceiptFields\n      }\n    }\n  }\n  ... on RefundStatusChanged {\n    refundStatus: status\n    refund {\n      ...RefundFields\n    }\n    payment {\n      id\n      amountRefunded {\n        ...MoneyFields\n      }\n    }\n  }\n  ... on DisputeStatusChanged {\n    disputeStatus: status\n    dispute {\n      ...DisputeFields\n    }\n    payment {\n      id\n      status\n    }\n  }\n  ... on PaymentSettlementRecorded {\n    payment {\n      id\n      status\n    }\n  }\n  ... on SupportCaseChanged {\n    caseStatus: status\n    supportCase {\n      ...CaseCard\n    }\n  }\n  ... on BillingContactChanged {\n    billingContactId\n    billingContact {\n      ...ContactFields\n    }\n  }\n  ... on BillingDetailsChanged {\n    version\n    account {\n      ...AccountDetails\n    }\n  }\n  ... on PaymentLinkChanged {\n    invoice {\n      id\n      number\n    }\n    paymentLink {\n      id\n      state\n      expiresAt\n      usedAt\n      revokedAt\n    }\n  }\n}"): typeof import('./graphql.js').EventFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment EvidenceFields on StatusEvidence {\n  at\n  source\n  fact\n  message\n  note\n  reference\n  matches\n  nextCheckAt\n  amount {\n    ...MoneyFields\n  }\n  expected {\n    ...MoneyFields\n  }\n}"): typeof import('./graphql.js').EvidenceFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment FailureFields on PaymentFailure {\n  code\n  message\n  nextAction\n}"): typeof import('./graphql.js').FailureFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment GatewayUnavailableFields on GatewayUnavailableError {\n  retryAt\n  nextAction\n  paymentLink {\n    ...PaymentLinkFields\n  }\n}"): typeof import('./graphql.js').GatewayUnavailableFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment InvoiceCard on Invoice {\n  id\n  number\n  kind\n  period {\n    start\n    end\n  }\n  status\n  displayStatus\n  isOverdue\n  isPayable\n  issuedOn\n  dueOn\n  currency\n  total {\n    ...MoneyFields\n  }\n  amountDue {\n    ...MoneyFields\n  }\n  chargeEstimate {\n    ...QuoteFields\n  }\n  document {\n    ...DocumentFields\n  }\n  progress {\n    ...ProgressFields\n  }\n  version\n  createdAt\n  updatedAt\n}"): typeof import('./graphql.js').InvoiceCardFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment InvoiceDetails on Invoice {\n  id\n  ...InvoiceCard\n  account {\n    id\n    name\n  }\n  subtotal {\n    ...MoneyFields\n  }\n  tax {\n    ...MoneyFields\n  }\n  taxes {\n    name\n    rate\n    base {\n      ...MoneyFields\n    }\n    amount {\n      ...MoneyFields\n    }\n  }\n  amountPaid {\n    ...MoneyFields\n  }\n  amountRefunded {\n    ...MoneyFields\n  }\n  lineItems {\n    description\n    quantity\n    unitPrice\n    amount {\n      ...MoneyFields\n    }\n  }\n  deliveries {\n    ...DeliveryFields\n  }\n  statusEvidence {\n    ...EvidenceFields\n  }\n}"): typeof import('./graphql.js').InvoiceDetailsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment MoneyFields on Money {\n  minorUnits\n  amount\n  currency\n}"): typeof import('./graphql.js').MoneyFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment NotPayableFields on InvoiceNotPayableError {\n  invoice {\n    ...InvoiceCard\n  }\n}"): typeof import('./graphql.js').NotPayableFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PageFields on PageInfo {\n  hasNextPage\n  hasPreviousPage\n  startCursor\n  endCursor\n}"): typeof import('./graphql.js').PageFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PaymentCard on Payment {\n  id\n  status\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  method {\n    kind\n    brand\n    last4\n  }\n  failure {\n    ...FailureFields\n  }\n  createdAt\n  capturedAt\n  bankReference\n  amountRefunded {\n    ...MoneyFields\n  }\n  refunds {\n    ...RefundFields\n  }\n  disputes {\n    ...DisputeFields\n  }\n  receipt {\n    ...ReceiptFields\n  }\n}"): typeof import('./graphql.js').PaymentCardFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PaymentLinkFields on PaymentLink {\n  id\n  state\n  url\n  amount {\n    ...MoneyFields\n  }\n  createdAt\n  expiresAt\n  usedAt\n  revokedAt\n}"): typeof import('./graphql.js').PaymentLinkFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PaymentState on Payment {\n  id\n  status\n  method {\n    kind\n    brand\n    last4\n  }\n  failure {\n    ...FailureFields\n  }\n  capturedAt\n  amount {\n    ...MoneyFields\n  }\n  quote {\n    ...QuoteFields\n  }\n  allocations {\n    invoice {\n      id\n      number\n      displayStatus\n    }\n  }\n}"): typeof import('./graphql.js').PaymentStateFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProgressFields on PaymentProgress {\n  state\n  reason\n  nextCheckAt\n  deadlineAt\n  supportCase {\n    id\n    status\n    reason\n  }\n}"): typeof import('./graphql.js').ProgressFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment QuoteFields on Quote {\n  rate\n  base\n  quote\n  source\n  asOf\n  validUntil\n  charged {\n    ...MoneyFields\n  }\n}"): typeof import('./graphql.js').QuoteFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment RateUnavailableFields on ExchangeRateUnavailableError {\n  base\n  quote\n  asOf\n}"): typeof import('./graphql.js').RateUnavailableFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ReceiptFields on PaymentReceipt {\n  number\n  state\n  sha256\n  readyAt\n  retryAt\n  pdfUrl\n}"): typeof import('./graphql.js').ReceiptFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment RefundFields on Refund {\n  id\n  status\n  reason\n  charged {\n    ...MoneyFields\n  }\n  amount {\n    ...MoneyFields\n  }\n  createdAt\n  updatedAt\n  failureCode\n  requestedBy\n  note\n}"): typeof import('./graphql.js').RefundFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment SettlementFields on Payment {\n  id\n  settlement {\n    gross {\n      ...MoneyFields\n    }\n    fee {\n      ...MoneyFields\n    }\n    net {\n      ...MoneyFields\n    }\n    rate\n  }\n  slippage {\n    ...MoneyFields\n  }\n}"): typeof import('./graphql.js').SettlementFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment TooSoonFields on TooSoonError {\n  retryAt\n}"): typeof import('./graphql.js').TooSoonFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment UserErrorFields on UserError {\n  code\n  message\n}"): typeof import('./graphql.js').UserErrorFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ValidationErrorFields on ValidationError {\n  issues {\n    path\n    code\n    message\n  }\n}"): typeof import('./graphql.js').ValidationErrorFieldsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Accounts($search: String, $first: Int = 20, $after: String) {\n  accounts(search: $search, first: $first, after: $after) {\n    pageInfo {\n      ...PageFields\n    }\n    edges {\n      cursor\n      node {\n        ...AccountCard\n        reference\n      }\n    }\n  }\n}"): typeof import('./graphql.js').AccountsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation AddBillingContact($input: AddBillingContactInput!) {\n  addBillingContact(input: $input) {\n    ... on AddBillingContactSuccess {\n      billingContact {\n        ...ContactFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').AddBillingContactDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query BillingContacts {\n  viewer {\n    email\n    role\n    account {\n      id\n      email\n      billingContacts {\n        ...ContactFields\n      }\n    }\n  }\n}"): typeof import('./graphql.js').BillingContactsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query BillingDetails {\n  viewer {\n    email\n    role\n    account {\n      ...AccountDetails\n    }\n  }\n}"): typeof import('./graphql.js').BillingDetailsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query BillingEventPage($after: EventCursor, $first: Int = 50, $accountId: ID) {\n  billingEvents(after: $after, first: $first, accountId: $accountId) {\n    endCursor\n    hasMore\n    events {\n      ...EventFields\n    }\n  }\n}"): typeof import('./graphql.js').BillingEventPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription BillingEvents($after: EventCursor, $accountId: ID) {\n  billingEvents(after: $after, accountId: $accountId) {\n    ...EventFields\n  }\n}"): typeof import('./graphql.js').BillingEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription CheckoutEvents($checkoutSessionId: ID!, $after: EventCursor) {\n  checkoutEvents(checkoutSessionId: $checkoutSessionId, after: $after) {\n    ...EventFields\n  }\n}"): typeof import('./graphql.js').CheckoutEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query CheckoutSession($id: ID!) {\n  checkoutSession(id: $id) {\n    ...CheckoutState\n  }\n}"): typeof import('./graphql.js').CheckoutSessionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ClaimPaid($input: ClaimPaidInput!) {\n  claimPaid(input: $input) {\n    ... on ClaimSettled {\n      invoice {\n        ...InvoiceCard\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on ClaimUnderReview {\n      supportCase {\n        ...CaseCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').ClaimPaidDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ConfirmCheckout($input: ConfirmCheckoutInput!) {\n  confirmCheckout(input: $input) {\n    ... on ConfirmCheckoutSuccess {\n      checkoutSession {\n        ...CheckoutState\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n  }\n}"): typeof import('./graphql.js').ConfirmCheckoutDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreatePaymentLink($input: CreatePaymentLinkInput!) {\n  createPaymentLink(input: $input) {\n    ... on CreatePaymentLinkSuccess {\n      paymentLink {\n        ...PaymentLinkFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').CreatePaymentLinkDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Invoice($by: InvoiceRef!) {\n  invoice(by: $by) {\n    ...InvoiceDetails\n    payments(first: 20) {\n      totalCount\n      nodes {\n        ...PaymentCard\n      }\n    }\n  }\n}"): typeof import('./graphql.js').InvoiceDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query InvoiceDocument($id: ID!) {\n  invoice(by: {id: $id}) {\n    id\n    number\n    document {\n      ...DocumentFields\n    }\n  }\n}"): typeof import('./graphql.js').InvoiceDocumentDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription InvoiceEvents($invoiceId: ID!, $after: EventCursor) {\n  invoiceEvents(invoiceId: $invoiceId, after: $after) {\n    ...EventFields\n  }\n}"): typeof import('./graphql.js').InvoiceEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Invoices($first: Int = 20, $after: String, $filter: InvoiceFilter) {\n  viewer {\n    email\n    role\n    account {\n      id\n      plan\n      hasInvoicesSection\n      invoicesSectionNotice {\n        code\n        message\n      }\n      balanceDue {\n        ...MoneyFields\n      }\n      invoices(first: $first, after: $after, filter: $filter) {\n        totalCount\n        pageInfo {\n          ...PageFields\n        }\n        edges {\n          cursor\n          node {\n            ...InvoiceCard\n          }\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').InvoicesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PayableInvoices($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    ... on Invoice {\n      ...InvoiceCard\n    }\n  }\n}"): typeof import('./graphql.js').PayableInvoicesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Payments($first: Int = 20, $after: String) {\n  viewer {\n    email\n    role\n    account {\n      id\n      payments(first: $first, after: $after) {\n        totalCount\n        pageInfo {\n          ...PageFields\n        }\n        edges {\n          cursor\n          node {\n            ...PaymentCard\n            allocations {\n              invoice {\n                id\n                number\n              }\n            }\n          }\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').PaymentsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RecordOfflinePayment($input: RecordOfflinePaymentInput!) {\n  recordOfflinePayment(input: $input) {\n    ... on RecordOfflinePaymentSuccess {\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').RecordOfflinePaymentDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RecordOfflineRefund($input: RecordOfflineRefundInput!) {\n  recordOfflineRefund(input: $input) {\n    ... on RecordOfflineRefundSuccess {\n      refund {\n        ...RefundFields\n        bankReference\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').RecordOfflineRefundDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RefundPayment($input: RefundPaymentInput!) {\n  refundPayment(input: $input) {\n    ... on RefundPaymentSuccess {\n      refund {\n        ...RefundFields\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').RefundPaymentDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RemoveBillingContact($input: RemoveBillingContactInput!) {\n  removeBillingContact(input: $input) {\n    ... on RemoveBillingContactSuccess {\n      billingContactId\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n  }\n}"): typeof import('./graphql.js').RemoveBillingContactDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ResendInvoice($input: ResendInvoiceInput!) {\n  resendInvoice(input: $input) {\n    ... on ResendInvoiceSuccess {\n      invoice {\n        id\n        deliveries {\n          ...DeliveryFields\n        }\n      }\n      deliveries {\n        ...DeliveryFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on TooSoonError {\n      ...TooSoonFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').ResendInvoiceDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ResolveSupportCase($input: ResolveSupportCaseInput!) {\n  resolveSupportCase(input: $input) {\n    ... on ResolveSupportCaseSuccess {\n      supportCase {\n        ...CaseCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n  }\n}"): typeof import('./graphql.js').ResolveSupportCaseDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RevokePaymentLink($input: RevokePaymentLinkInput!) {\n  revokePaymentLink(input: $input) {\n    ... on RevokePaymentLinkSuccess {\n      paymentLink {\n        ...PaymentLinkFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n  }\n}"): typeof import('./graphql.js').RevokePaymentLinkDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SettleClaim($input: SettleClaimInput!) {\n  settleClaim(input: $input) {\n    ... on SettleClaimSuccess {\n      supportCase {\n        ...CaseCard\n      }\n      payment {\n        ...PaymentCard\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n  }\n}"): typeof import('./graphql.js').SettleClaimDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query StaffAccount($id: ID!, $first: Int = 20, $after: String, $filter: InvoiceFilter) {\n  account(id: $id) {\n    ...AccountDetails\n    billingContacts {\n      ...ContactFields\n    }\n    invoices(first: $first, after: $after, filter: $filter) {\n      totalCount\n      pageInfo {\n        ...PageFields\n      }\n      edges {\n        cursor\n        node {\n          ...InvoiceCard\n        }\n      }\n    }\n    supportCases(first: 20, status: OPEN) {\n      totalCount\n      nodes {\n        ...CaseCard\n      }\n    }\n  }\n}"): typeof import('./graphql.js').StaffAccountDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query StaffInvoice($by: InvoiceRef!) {\n  invoice(by: $by) {\n    ...InvoiceDetails\n    payments(first: 20) {\n      totalCount\n      nodes {\n        ...PaymentCard\n        ...SettlementFields\n      }\n    }\n    paymentLinks {\n      ...PaymentLinkFields\n    }\n  }\n}"): typeof import('./graphql.js').StaffInvoiceDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation StartCheckout($input: StartCheckoutInput!) {\n  startCheckout(input: $input) {\n    ... on StartCheckoutSuccess {\n      replayed\n      checkoutSession {\n        ...CheckoutState\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on InvoiceNotPayableError {\n      ...NotPayableFields\n    }\n    ... on CheckoutRefusedError {\n      nextAction\n    }\n    ... on GatewayUnavailableError {\n      ...GatewayUnavailableFields\n    }\n    ... on ExchangeRateUnavailableError {\n      ...RateUnavailableFields\n    }\n    ... on IdempotencyConflictError {\n      ...ConflictFields\n    }\n  }\n}"): typeof import('./graphql.js').StartCheckoutDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SupportCase($id: ID!) {\n  node(id: $id) {\n    ... on SupportCase {\n      ...CaseDetails\n    }\n  }\n}"): typeof import('./graphql.js').SupportCaseDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SupportCases($first: Int = 20, $after: String, $status: SupportCaseStatus) {\n  supportCases(first: $first, after: $after, status: $status) {\n    totalCount\n    pageInfo {\n      ...PageFields\n    }\n    edges {\n      cursor\n      node {\n        ...CaseCard\n        account {\n          id\n          name\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').SupportCasesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateBillingContact($input: UpdateBillingContactInput!) {\n  updateBillingContact(input: $input) {\n    ... on UpdateBillingContactSuccess {\n      billingContact {\n        ...ContactFields\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on StaleVersionError {\n      currentVersion\n    }\n  }\n}"): typeof import('./graphql.js').UpdateBillingContactDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateBillingDetails($input: UpdateBillingDetailsInput!) {\n  updateBillingDetails(input: $input) {\n    ... on UpdateBillingDetailsSuccess {\n      account {\n        ...AccountDetails\n      }\n    }\n    ... on UserError {\n      ...UserErrorFields\n    }\n    ... on ValidationError {\n      ...ValidationErrorFields\n    }\n    ... on StaleVersionError {\n      currentVersion\n    }\n  }\n}"): typeof import('./graphql.js').UpdateBillingDetailsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Viewer {\n  viewer {\n    email\n    role\n    account {\n      ...AccountCard\n    }\n  }\n}"): typeof import('./graphql.js').ViewerDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
