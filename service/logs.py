"""Structured log lines: one JSON object each, with the request's id, without secrets."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Literal

import structlog

_REDACTED = "[redacted]"
_SECRET_NAMES = re.compile(r"(authorization|token|secret|password|signature|cookie|api_?key)", re.I)
# Keys, signatures and tokens by their shape, wherever they stand in a text; and what opens a page
# of ours, also where its address is written as a part of another address.
_SECRET_SHAPES = re.compile(
    r"\b(?:sk|rk|whsec)_[A-Za-z0-9_]{6,}|\bv1=[0-9a-f]{16,}"
    r"|(?:\b|(?<=%2F)|(?<=%3D))eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?:(?<=/pay/)|(?<=%2Fpay%2F))[\w-]{16,}"
    r"|(?:(?<=/pay/return/)|(?<=%2Fpay%2Freturn%2F))[\w.-]+"
    r"|(?:(?<=[?&]token=)|(?<=%3Ftoken%3D)|(?<=%26token%3D))[\w.-]+",
    re.I,
)


def redact(_logger: object, _method: str, line: dict[str, Any]) -> dict[str, Any]:
    """Blank out values that are named like secrets or have the form of one."""
    return {name: _clean(name, value) for name, value in line.items()}


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name):
        return _REDACTED
    if isinstance(value, dict):
        return {_blanked(str(key)): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(name, inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    # Whatever else there is becomes text here: rendered later, it would bring its secrets along.
    return _blanked(repr(value) if isinstance(value, bytes | BaseException) else str(value))


def _blanked(text: str) -> str:
    return _SECRET_SHAPES.sub(_REDACTED, text)


def configure_logs(form: Literal["json", "console"], *, level: int = logging.INFO) -> None:
    """Send our lines and the libraries' to standard error in one form."""
    # Tracebacks without local variables: those hold secrets.
    traceback = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        traceback if form == "json" else structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    for noisy in ("httpx", "uvicorn.access", "pgqueuer", "stripe", "asyncio", "tortoise"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _is_news(record: logging.LogRecord) -> bool:
    """uvicorn calls it an error to end streams when it stops; they never end by themselves."""
    return not str(record.msg).startswith("Cancel %s running task(s)")
