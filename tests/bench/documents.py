"""The two reads that the benchmark measures, and the SQL that answers the same JSON."""

MONEY = "minorUnits amount currency"

LIST = f"""query InvoiceList {{ viewer {{ account {{ invoices(first: 20) {{ totalCount nodes {{
  number status displayStatus isPayable issuedOn dueOn currency createdAt
  tax {{ {MONEY} }} total {{ {MONEY} }} amountPaid {{ {MONEY} }} amountDue {{ {MONEY} }}
}} pageInfo {{ hasNextPage }} }} }} }} }}"""

ONE = f"""query OneInvoice($number: String!) {{ invoice(by: {{number: $number}}) {{
  number status displayStatus isPayable issuedOn dueOn currency
  total {{ {MONEY} }} amountPaid {{ {MONEY} }} amountDue {{ {MONEY} }}
  lineItems {{ description quantity unitPrice amount {{ {MONEY} }} }}
  payments(first: 20) {{ nodes {{ status amount {{ {MONEY} }} createdAt capturedAt }} }}
  document {{ state sha256 }}
}} }}"""


def _money(units: str, currency: str = "i.currency") -> str:
    return (
        f"json_build_object('minorUnits', ({units})::text, 'amount',"
        f" round(({units})::numeric / 100, 2)::text, 'currency', {currency})"
    )


_TIME = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
_DUE = "CASE WHEN i.status = 'OPEN' THEN greatest(i.total_minor - i.paid_minor, 0) ELSE 0 END"
_OVERDUE = "(i.status = 'OPEN' AND i.due_on < (now() AT TIME ZONE a.time_zone)::date)"
_SHOWS = f"""CASE WHEN i.status <> 'OPEN' THEN i.status
  WHEN p.status IN ('PROCESSING', 'UNDER_REVIEW') THEN 'PROCESSING'
  WHEN {_OVERDUE} THEN 'OVERDUE' WHEN i.paid_minor > 0 THEN 'PARTIALLY_PAID' ELSE 'DUE' END"""
_PAYABLE = f"""(i.status = 'OPEN' AND {_DUE} > 0
  AND coalesce(p.status NOT IN ('PROCESSING', 'UNDER_REVIEW'), true))"""
_FROM = """invoice i JOIN account a ON a.id = i.account_id
  LEFT JOIN payment_allocation l ON l.account_id = i.account_id AND l.invoice_id = i.id AND l.live
  LEFT JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id"""

LIST_SQL = f"""
WITH page AS (
  SELECT i.*, a.time_zone, ({_SHOWS}) AS shows, {_PAYABLE} AS payable, {_DUE} AS due_minor
  FROM {_FROM}
  WHERE i.account_id = $1 AND i.status <> 'DRAFT' AND i.kind = 'USAGE'
  ORDER BY i.issued_on DESC, i.id DESC LIMIT 21
)
SELECT json_build_object('data', json_build_object('viewer', json_build_object('account',
  json_build_object('invoices', json_build_object(
    'totalCount', (SELECT count(*) FROM invoice WHERE account_id = $1 AND status <> 'DRAFT'
      AND kind = 'USAGE'),
    'nodes', (SELECT json_agg(json_build_object(
      'number', i.number, 'status', i.status, 'displayStatus', i.shows, 'isPayable', i.payable,
      'issuedOn', i.issued_on, 'dueOn', i.due_on, 'currency', i.currency,
      'createdAt', {_TIME.format("i.created_at")}, 'tax', {_money("i.tax_minor")},
      'total', {_money("i.total_minor")}, 'amountPaid', {_money("i.paid_minor")},
      'amountDue', {_money("i.due_minor")}))
      FROM (SELECT * FROM page LIMIT 20) i),
    'pageInfo', json_build_object('hasNextPage', (SELECT count(*) > 20 FROM page))
  )))))::text
"""  # noqa: S608 - constants of this module

ONE_SQL = f"""
SELECT json_build_object('data', json_build_object('invoice', json_build_object(
  'number', i.number, 'status', i.status, 'displayStatus', {_SHOWS}, 'isPayable', {_PAYABLE},
  'issuedOn', i.issued_on, 'dueOn', i.due_on, 'currency', i.currency,
  'total', {_money("i.total_minor")}, 'amountPaid', {_money("i.paid_minor")},
  'amountDue', {_money(_DUE)},
  'lineItems', (SELECT json_agg(json_build_object('description', n.description,
    'quantity', trim_scale(n.quantity)::text, 'unitPrice', trim_scale(n.unit_price)::text,
    'amount', {_money("n.amount_minor")}) ORDER BY n.position)
    FROM invoice_line n WHERE n.account_id = i.account_id AND n.invoice_id = i.id),
  'payments', json_build_object('nodes', (SELECT json_agg(json_build_object(
    'status', q.status, 'amount', {_money("q.amount_minor", "q.currency")},
    'createdAt', {_TIME.format("q.created_at")}, 'capturedAt', {_TIME.format("q.captured_at")})
    ORDER BY q.id DESC) FROM payment q JOIN payment_allocation b
    ON b.account_id = q.account_id AND b.payment_id = q.id
    WHERE q.account_id = i.account_id AND b.invoice_id = i.id)),
  'document', (SELECT json_build_object('state', d.state, 'sha256', d.sha256) FROM document d
    WHERE d.account_id = i.account_id AND d.invoice_id = i.id))))::text
FROM {_FROM} WHERE i.account_id = $1 AND i.number = $2
"""  # noqa: S608
