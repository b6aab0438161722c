"""Content negotiation by RFC 9110, section 12.5.1: which answer the client can read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM: Final = "text/event-stream"
MULTIPART: Final = "multipart/mixed"
HTML = "text/html"

_HEADER_CHARS_MAX = 2_048


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One entry of an Accept header; `quality` is its q-value, 0 to 1."""

    media_type: str
    parameters: dict[str, str]
    quality: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the client can read. Nothing set: nothing that we could answer with."""

    json: str | None = None
    stream: Literal["text/event-stream", "multipart/mixed"] | None = None
    html: bool = False
    names_a_data_type: bool = False

    @property
    def nothing(self) -> bool:
        """True when no answer of ours would be readable."""
        return self.json is None and self.stream is None


@lru_cache(maxsize=256)
def negotiate(header: str | None) -> Accepted:
    """Choose the answer's media types. An absent header stands for `application/json`."""
    if header is None or not header.strip():
        return Accepted(json=JSON)
    if len(header) > _HEADER_CHARS_MAX:
        return Accepted()
    ranges = parse_accept(header)
    json_type = _preferred_json(ranges)
    return Accepted(
        json=json_type,
        stream=_stream(ranges),
        html=_prefers_html(ranges),
        names_a_data_type=any(
            entry.quality > 0 and entry.media_type in (GRAPHQL_JSON, JSON, EVENT_STREAM, MULTIPART)
            for entry in ranges
        ),
    )


def parse_accept(header: str) -> list[MediaRange]:
    """Return the entries in the order written; one with an unreadable q-value has quality 0."""
    return [_media_range(part) for part in header.split(",") if part.strip()]


def _media_range(part: str) -> MediaRange:
    media_type, *rest = (piece.strip() for piece in part.split(";"))
    parameters = {}
    for piece in rest:
        name, _, value = piece.partition("=")
        parameters[name.strip().lower()] = value.strip().strip("\"'")
    return MediaRange(media_type.lower(), parameters, _quality(parameters.pop("q", "1")))


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def _preferred_json(ranges: list[MediaRange]) -> str | None:
    """The JSON type of the highest quality; on a tie the one that is named first."""
    ranked = []
    for order, media_type in enumerate((JSON, GRAPHQL_JSON)):
        place, entry = _match(ranges, media_type)
        if entry is not None and entry.quality > 0:
            ranked.append((-entry.quality, place, order, media_type))
    return min(ranked)[-1] if ranked else None


def _match(ranges: list[MediaRange], media_type: str) -> tuple[int, MediaRange | None]:
    """The entry that speaks for a type: the most specific one, as the RFC has it."""
    for pattern in (media_type, media_type.split("/")[0] + "/*", "*/*"):
        for place, entry in enumerate(ranges):
            charset = entry.parameters.get("charset", "utf-8").lower()
            if entry.media_type == pattern and charset == "utf-8":
                return place, entry
    return 0, None


def _stream(ranges: list[MediaRange]) -> Literal["text/event-stream", "multipart/mixed"] | None:
    """The kind of stream of the highest quality; on a tie the one that is named first."""
    streams = [entry for entry in ranges if entry.quality > 0 and _is_stream(entry)]
    if not streams:
        return None
    best = max(streams, key=lambda entry: entry.quality)
    return EVENT_STREAM if best.media_type == EVENT_STREAM else MULTIPART


def _is_stream(entry: MediaRange) -> bool:
    if entry.media_type == EVENT_STREAM:
        return True
    return (
        entry.media_type == MULTIPART
        and entry.parameters.get("subscriptionspec", "").startswith("1.0")
        and entry.parameters.get("boundary", "graphql") == "graphql"
    )


def _prefers_html(ranges: list[MediaRange]) -> bool:
    html = max((entry.quality for entry in ranges if entry.media_type == HTML), default=0.0)
    data = max(
        (entry.quality for entry in ranges if entry.media_type in (GRAPHQL_JSON, JSON)), default=0.0
    )
    return html > 0 and html >= data
