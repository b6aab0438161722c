"""What happened in a history, line by line, in names that are the same in every run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID


@dataclass(slots=True)
class Trace:
    """Readable lines and their hash. Ids are told by short names, in order of appearance."""

    began: datetime
    lines: list[str] = field(default_factory=list)
    # The moment of the last line, and its words: often the next line is of the same moment.
    _now: datetime | None = None
    _since: str = ""
    _names: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def name(self, kind: str, key: str | UUID | None) -> str:
        """The short name of a thing: "payment 1" for the first payment that is told of."""
        if key is None:
            return f"no {kind}"
        known = self._names.get(str(key))
        if known is None:
            self._counts[kind] += 1
            known = self._names[str(key)] = f"{kind} {self._counts[kind]}"
        return known

    def tell(self, now: datetime, who: str, what: str) -> None:
        """Add a line."""
        if now != self._now:
            self._now, self._since = now, _since(self.began, now)
        self.lines.append(f"{self._since:>14}  {who:<12}  {what}")

    @property
    def digest(self) -> str:
        """The hash of all lines."""
        return sha256("\n".join(self.lines).encode()).hexdigest()


def _since(began: datetime, now: datetime) -> str:
    """Days, hours, minutes and seconds since the beginning."""
    seconds = (now - began).total_seconds()
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    clock = f"{int(hours):02}:{int(minutes):02}:{rest:06.3f}"
    return f"{sign}{int(days)}d {clock}" if days else f"{sign}{clock}"
