"""The euro's reference rates: fetched by a job each day, kept, and read by whoever needs one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta

import structlog

from service.billing.rates import EuroRates, due_day, implausible
from service.ports import Ports, RateSource, RatesUnavailable
from service.store import rates

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RateFetch:
    """What a fetch brought: the days that were kept, the newest day known now, and what went wrong,
    empty when nothing did."""

    kept: tuple[date, ...]
    newest: date | None
    problem: str = ""


async def newest(ports: Ports, on: date) -> EuroRates | None:
    """The newest table of a day or before it: of those kept, and of those at hand.

    Nothing is asked for over the network: payers wait for this.
    """
    kept = await rates.newest(on)
    if kept is not None and kept.as_of == on:
        return kept
    at_hand = await ports.rates.euro_rates(on)
    if at_hand is None or (kept is not None and kept.as_of >= at_hand.as_of):
        return kept
    await rates.record(at_hand)
    return at_hand


async def is_fetch_due(ports: Ports) -> bool:
    """Whether a table should be out that is not kept yet."""
    if ports.daily_rates is None:
        return False
    kept = await rates.newest(_today(ports))
    return kept is None or kept.as_of < due_day(ports.clock())


async def fetch_rates(ports: Ports, *, accept_jumps: bool = False) -> RateFetch:
    """Ask for the tables since the newest one that is known, and keep those that are plausible.

    When that fails, what is known serves on: that is logged, and said in the answer. A second fetch
    keeps nothing twice. `accept_jumps` is the word of a person who has looked at the figures.
    """
    known = await newest(ports, _today(ports))
    if ports.daily_rates is None:
        return RateFetch((), known.as_of if known else None, "there is no URL to fetch rates from")
    try:
        tables = await _published_after(known, ports.daily_rates, _today(ports))
    except RatesUnavailable as error:
        return _result(ports, [], known, str(error))
    return await _keep(ports, tables, known, accept_jumps=accept_jumps)


async def _published_after(
    known: EuroRates | None, source: RateSource, today: date
) -> list[EuroRates]:
    """The tables after a known one, oldest first; the newest one alone when none is known."""
    found: list[EuroRates] = []
    day = today
    while known is None or day > known.as_of:
        try:
            table = await source.euro_rates(day)
        except RatesUnavailable as error:
            if not found:
                raise
            log.warning("missed_rates_not_fetched", why=str(error), before=day.isoformat())
            break
        if table is None or (known is not None and table.as_of <= known.as_of):
            break
        found.append(table)
        if known is None:
            break
        day = table.as_of - timedelta(days=1)
    return found[::-1]


async def _keep(
    ports: Ports, tables: list[EuroRates], known: EuroRates | None, *, accept_jumps: bool
) -> RateFetch:
    """Keep tables in the order of their days; one that cannot follow its predecessor is refused."""
    kept: list[date] = []
    problems: list[str] = []
    for table in tables:
        doubt = implausible(table, known) if known else None
        if doubt and not accept_jumps:
            problems.append(f"the rates of {table.as_of} were refused: {doubt}")
            continue
        await rates.record(table)
        kept.append(table.as_of)
        known = table
    return _result(ports, kept, known, "; ".join(problems))


def _result(ports: Ports, kept: list[date], known: EuroRates | None, problem: str) -> RateFetch:
    newest_day = known.as_of if known else None
    if problem:
        log.warning("rates_not_fetched", why=problem, newest=str(newest_day))
    if newest_day is None or _today(ports) - newest_day > ports.policy.rate_max_age:
        log.error("rates_too_old", newest=str(newest_day), hint="run `paidup doctor`")
    if kept:
        log.info("rates_kept", days=[day.isoformat() for day in kept])
    return RateFetch(tuple(kept), newest_day, problem)


def _today(ports: Ports) -> date:
    return ports.clock().astimezone(UTC).date()
