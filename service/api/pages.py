"""Relay's paging arguments, read once for all lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import strawberry

from service.api.fields import bad_input, given, refusal
from service.billing.errors import BadCursor

PAGE_SIZE_DEFAULT = 20
PAGE_SIZE_MAX = 100

First = Annotated[
    int | None,
    strawberry.argument(
        description="How many entries from the start (or after `after`): 1 to 100, 20 by default."
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(description="Only what follows the entry with this cursor."),
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description="How many entries from the end (or before `before`): 1 to 100. Not together "
        "with `first`."
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(description="Only what precedes the entry with this cursor."),
]

PlaceT = TypeVar("PlaceT")


@dataclass(frozen=True, slots=True)
class Slice(Generic[PlaceT]):
    """The part of a list that is asked for: `size` entries from one end of what is between
    `after` and `before`."""

    size: int
    after: PlaceT | None = None
    before: PlaceT | None = None
    backwards: bool = False


def read_slice(
    read_cursor: Callable[[str], PlaceT],
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
) -> Slice[PlaceT]:
    """Check paging arguments.

    Raises:
        GraphQLError: BAD_USER_INPUT for sizes, BAD_CURSOR for cursors of another list.
    """
    first, after, last, before = given(first), given(after), given(last), given(before)
    if first is not None and last is not None:
        raise bad_input("`first` and `last` cannot be combined.")
    size = page_size(first if last is None else last)
    try:
        return Slice(
            size,
            read_cursor(after) if after is not None else None,
            read_cursor(before) if before is not None else None,
            backwards=last is not None,
        )
    except BadCursor as error:
        raise refusal(error) from None


def page_size(asked: int | None) -> int:
    """The number of entries to answer; raises GraphQLError outside 1 to 100."""
    size = given(asked)
    if size is None:
        return PAGE_SIZE_DEFAULT
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise bad_input(f"A page has 1 to {PAGE_SIZE_MAX} entries.")
    return size


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the list has entries before this page."
    )
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first entry; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last entry; null on an empty page."
    )

    @classmethod
    def of(
        cls,
        asked: Slice[PlaceT],
        cursors: Sequence[PlaceT],
        write: Callable[[PlaceT], str],
        *,
        has_more: bool,
    ) -> PageInfo:
        """Describe a page by the places of its entries. A cursor that was handed in stands for an
        entry beyond that end."""
        return cls(
            has_next_page=asked.before is not None or (has_more and not asked.backwards),
            has_previous_page=asked.after is not None or (has_more and asked.backwards),
            start_cursor=write(cursors[0]) if cursors else None,
            end_cursor=write(cursors[-1]) if cursors else None,
        )
