"""Published exchange rates, kept by day."""

from __future__ import annotations

from datetime import date

from service.billing.rates import EuroRates
from service.store.database import execute, fetch, new_id


async def record(rates: EuroRates) -> None:
    """Keep one day's table of a source; a day that is there already stays as it is, whole."""
    currencies = sorted(rates.per_euro)
    await execute(
        "INSERT INTO exchange_rate (id, source, as_of, currency, per_euro)"
        " SELECT id, $2::text, $3::date, currency, per_euro"
        " FROM unnest($1::uuid[], $4::text[], $5::numeric[]) AS new (id, currency, per_euro)"
        " WHERE NOT EXISTS (SELECT 1 FROM exchange_rate WHERE source = $2 AND as_of = $3)"
        " ON CONFLICT (source, as_of, currency) DO NOTHING",
        [new_id() for _ in currencies],
        rates.source,
        rates.as_of,
        currencies,
        [rates.per_euro[currency] for currency in currencies],
    )


async def newest(on: date) -> EuroRates | None:
    """The newest table published on or before a day."""
    rows = await fetch(
        "SELECT source, as_of, currency, per_euro FROM exchange_rate WHERE as_of ="
        " (SELECT max(as_of) FROM exchange_rate WHERE as_of <= $1)",
        on,
    )
    if not rows:
        return None
    first = rows[0]
    table = {row["currency"]: row["per_euro"] for row in rows if row["source"] == first["source"]}
    return EuroRates(first["as_of"], first["source"], table)
