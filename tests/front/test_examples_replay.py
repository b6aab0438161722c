"""Each recorded example is what the real server answers, over every transport.

With PAIDUP_RECORD=1 what it answers over the first transport is recorded instead.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from service.billing.people import Role
from tests.front.refused import REFUSED, Refused
from tests.front.replay import DOCUMENTS, JSON, TRUSTED, answered, transports_of
from tests.front.scenes import EXAMPLES
from tests.front.stage import Example, a_stage, served
from tools import contract
from tools.contract_documents import id_of
from tools.contract_examples import DEFAULT, ERRORS, path_of, read

IS_RECORDING = os.environ.get(contract.RECORDING) == "1"
ONCE = [
    pytest.param(one, transport, id=f"{one.name}-{transport}")
    for one in EXAMPLES
    if not one.repeatable
    for transport in transports_of(one.operation)
]
REPEATABLE = [pytest.param(one, id=one.name) for one in EXAMPLES if one.repeatable]


async def played(
    database_url: str, folder: Path, one: Example, transports: list[str]
) -> list[JSON]:
    """The answers over some transports, one after the other, on the same stage."""
    async with a_stage(database_url, folder) as stage:
        ask = await one.play(stage)
        given = {
            "about": one.about,
            "operation": one.operation,
            "viewer": str(one.role),
            "variables": stage.neutral.of(ask.variables),
        }
        stage.api.rebuild(documents=TRUSTED)
        async with served(stage):
            answers = [await answered(stage, one, ask, name) for name in transports]
        return [given | stage.neutral.of(answer) for answer in answers]


def recorded(group: str, case: str, answer: JSON) -> JSON:
    """The recorded example; a recording run keeps the answer first."""
    if IS_RECORDING:
        path = path_of(group, case)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contract.as_json(answer), encoding="utf-8")
    return read(group, case)


@pytest.mark.parametrize("one", REPEATABLE)
async def test_what_changes_nothing_is_answered_alike_over_every_transport(
    db: str, tmp_path: Path, one: Example
) -> None:
    answers = await played(db, tmp_path, one, transports_of(one.operation))
    wanted = recorded(one.operation, one.case, answers[0])
    assert answers == [wanted] * len(answers)


@pytest.mark.parametrize(("one", "transport"), ONCE)
async def test_what_changes_something_is_answered_as_it_was_recorded(
    db: str, tmp_path: Path, one: Example, transport: str
) -> None:
    (answer,) = await played(db, tmp_path, one, [transport])
    is_first = transport == transports_of(one.operation)[0]
    wanted = (
        recorded(one.operation, one.case, answer) if is_first else read(one.operation, one.case)
    )
    assert answer == wanted


@pytest.mark.parametrize("one", [pytest.param(one, id=one.code) for one in REFUSED])
async def test_what_is_refused_says_why(db: str, tmp_path: Path, one: Refused) -> None:
    async with a_stage(db, tmp_path) as stage:
        request = await one.prepare(stage)
        async with served(stage):
            answer = stage.neutral.of(await request.send(stage))
    assert f'"code": "{one.code}"' in json.dumps(answer["response"])
    answer = {"about": one.about, "code": one.code} | answer
    assert answer == recorded(ERRORS, one.code, answer)


async def test_a_server_that_trusts_the_contract_alone_takes_all_of_it_and_nothing_else(
    db: str, tmp_path: Path
) -> None:
    async with a_stage(db, tmp_path) as stage:
        account_id = await stage.account()
        stage.api.rebuild(documents=TRUSTED, trusted_only=True)
        owner = stage.api.caller(Role.OWNER, account_id)
        refused = {"PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_ID_REQUIRED"}
        for name, text in DOCUMENTS.items():
            variables = read(name, DEFAULT)["variables"]
            body = {"documentId": id_of(text), "variables": variables}
            answer = await stage.api.http.post("/graphql", json=body, headers=owner.bearer)
            codes = {one["extensions"]["code"] for one in answer.json().get("errors", ())}
            assert not codes & refused, name
            assert await owner.codes(text, **variables) == ["PERSISTED_QUERY_ID_REQUIRED"]
