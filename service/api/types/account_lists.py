"""Lists of accounts, for the seller's staff."""

from __future__ import annotations

from uuid import UUID

import strawberry

from service.api import cursors
from service.api.fields import bad_input, resolved
from service.api.pages import PageInfo, Slice
from service.api.reads import Reads
from service.api.types.accounts import Account
from service.billing.text import clean_line
from service.store import account_pages

SEARCH_MIN, SEARCH_MAX = 2, 100


@strawberry.type(description="An account in a list.")
class AccountEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after`.")
    node: Account = strawberry.field(description="The account.")


@strawberry.type(description="A page of accounts, in the order of their names.")
class AccountConnection:
    nodes: list[Account] = strawberry.field(
        description="The accounts of the page, in the order of their names."
    )
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @resolved
    def edges(self) -> list[AccountEdge]:
        """The accounts of the page, in the order of their names, each with its cursor."""
        return [
            AccountEdge(cursor=cursors.of_account(node.row.id), node=node) for node in self.nodes
        ]

    @classmethod
    async def of(cls, asked: Slice[UUID], search: str | None, reads: Reads) -> AccountConnection:
        """Read a page.

        Raises:
            GraphQLError: BAD_USER_INPUT, nothing can be found by this text.
        """
        reads.count_account_read()
        text = _checked(search) if search is not None else None
        page = await account_pages.page(size=asked.size, search=text, after=asked.after)
        places = [row.id for row in page.accounts]
        return cls(
            nodes=[Account.of(row, reads) for row in page.accounts],
            page_info=PageInfo.of(asked, places, cursors.of_account, has_more=page.has_more),
        )


def _checked(search: str) -> str:
    text = clean_line(search, longest=SEARCH_MAX)
    if text is None or len(text) < SEARCH_MIN:
        raise bad_input(f"`search` is one line of {SEARCH_MIN} to {SEARCH_MAX} letters.")
    return text
