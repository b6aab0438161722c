"""Trusted documents: what a manifest must be, and what an id stands for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, parse

from service.api.documents import DocumentShelf
from service.api.execution import Operation, read_operation
from service.api.limits import Limits
from service.api.refusals import Refusal
from service.api.trusted import (
    ManifestError,
    TrustedDocuments,
    contract_manifest,
    hash_of,
    read_manifest,
)
from tests.api.toy_schema import toy_schema

PING = "query Ping { ping }"
WORK = "mutation Work { work }"
TRUSTED = TrustedDocuments({hash_of(PING): PING, hash_of(WORK): WORK})
UNKNOWN = hash_of("{ viewer }")
GRAPH: GraphQLSchema = toy_schema()._schema


def written(folder: Path, content: Any) -> Path:
    path = folder / "manifest.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


class TestManifest:
    @pytest.mark.parametrize("prefix", ["sha256:", ""])
    def test_a_manifest_maps_hashes_to_documents(self, tmp_path: Path, prefix: str) -> None:
        path = written(tmp_path, {prefix + hash_of(one): one for one in (PING, WORK)})
        assert read_manifest(path) == {hash_of(PING): PING, hash_of(WORK): WORK}

    def test_apollos_manifest_is_read_too(self, tmp_path: Path) -> None:
        operation = {"id": hash_of(PING), "name": "Ping", "type": "query", "body": PING}
        manifest = {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [operation],
        }
        assert read_manifest(written(tmp_path, manifest)) == {hash_of(PING): PING}

    def test_the_hash_is_sha256_of_the_text_in_utf_8(self) -> None:
        # printf '%s' '{ echo(text: "₹") }' | sha256sum
        assert hash_of('{ echo(text: "₹") }') == (
            "1bafeda081ec229f0bf5e6514b6700fc074f4a7bd01d5edd72bdc8c39bb5bb5c"
        )

    def test_several_manifests_are_one_set(self, tmp_path: Path) -> None:
        first = written(tmp_path, {hash_of(PING): PING})
        second = tmp_path / "second.json"
        second.write_text(json.dumps({hash_of(PING): PING, hash_of(WORK): WORK}))
        assert len(TrustedDocuments.of([first, second])) == 2
        assert len(TrustedDocuments.of([])) == 0

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "not JSON"),
            (b"{", "not JSON"),
            (b"\xff\xfe", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            ([PING], "not an object of ids and documents"),
            ({f"sha256:{UNKNOWN}": PING}, f"sha256:{UNKNOWN} is not the SHA-256 of its document"),
            ({"Ping": PING}, "Ping is not the SHA-256 of its document"),
            ({f"md5:{hash_of(PING)}": PING}, "is not the SHA-256 of its document"),
            ({hash_of(PING).upper(): PING}, "is not the SHA-256 of its document"),
            ({UNKNOWN: 5}, f"{UNKNOWN}: the document is not a text"),
            ({hash_of("{ ping"): "{ ping"}, "Syntax Error: Expected Name, found <EOF>."),
            ({hash_of("{a" * 50_000): "{a" * 50_000}, "nested too deeply"),
            (
                {hash_of("fragment F on Query { ping }"): "fragment F on Query { ping }"},
                "holds no operation",
            ),
            (
                {"format": "apollo-persisted-query-manifest", "operations": [{"id": "1"}]},
                "an operation has an id and a body",
            ),
            ({"format": "apollo-persisted-query-manifest"}, "an operation has an id and a body"),
        ],
    )
    def test_a_broken_manifest_is_refused_and_named(
        self, tmp_path: Path, content: Any, words: str
    ) -> None:
        path = written(tmp_path, content)
        with pytest.raises(ManifestError) as refusal:
            TrustedDocuments.of([path])
        assert str(refusal.value).startswith(f"{path}: ")
        assert words in str(refusal.value)

    def test_a_manifest_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ManifestError, match=r"absent\.json: No such file"):
            read_manifest(tmp_path / "absent.json")

    def test_the_contracts_manifest_can_be_used_where_it_is_there(self) -> None:
        found = contract_manifest()
        documents = TrustedDocuments.of([found] if found else [])
        assert len(documents) > 0 or found is None


def operation(**body: object) -> Operation:
    return read_operation(body)


def apollo(hashed: object, version: object = 1) -> dict[str, object]:
    return {"persistedQuery": {"version": version, "sha256Hash": hashed}}


BY_ID = [
    {"documentId": f"sha256:{hash_of(PING)}"},
    {"documentId": hash_of(PING), "query": None},
    {"extensions": apollo(hash_of(PING))},
    {"extensions": apollo(hash_of(PING)), "query": ""},
    {"extensions": apollo(hash_of(PING)), "documentId": f"sha256:{hash_of(PING)}"},
    {"documentId": f"sha256:{hash_of(PING)}", "query": PING},
    {"extensions": apollo(hash_of(PING)), "query": PING},
]


class TestIds:
    @pytest.mark.parametrize("trusted_only", [False, True])
    @pytest.mark.parametrize("body", BY_ID)
    def test_a_known_id_stands_for_its_document(
        self, body: dict[str, object], trusted_only: bool
    ) -> None:
        asked = operation(**body, variables={"a": 1}, operationName="Ping")
        found = TRUSTED.complete(asked, trusted_only=trusted_only)
        assert (found.query, found.document_id) == (PING, hash_of(PING))
        assert (found.variables, found.name) == ({"a": 1}, "Ping")

    @pytest.mark.parametrize("trusted_only", [False, True])
    @pytest.mark.parametrize(
        "body",
        [
            {"documentId": f"sha256:{UNKNOWN}"},
            {"documentId": ""},
            {"documentId": f"md5:{hash_of(PING)}"},
            {"documentId": f"SHA256:{hash_of(PING)}"},
            {"extensions": apollo(UNKNOWN)},
        ],
    )
    def test_an_unknown_id_is_refused_in_apollos_words(
        self, body: dict[str, object], trusted_only: bool
    ) -> None:
        with pytest.raises(Refusal) as refusal:
            TRUSTED.complete(operation(**body), trusted_only=trusted_only)
        assert (refusal.value.code, str(refusal.value)) == (
            "PERSISTED_QUERY_NOT_FOUND",
            "PersistedQueryNotFound",
        )

    @pytest.mark.parametrize("id_of", [WORK, "{ viewer }"])
    def test_a_text_that_is_not_the_ids_own_is_refused(self, id_of: str) -> None:
        for trusted_only in (False, True):
            asked = operation(query=PING, documentId=f"sha256:{hash_of(id_of)}")
            with pytest.raises(Refusal, match="another document") as refusal:
                TRUSTED.complete(asked, trusted_only=trusted_only)
            assert refusal.value.code == "BAD_REQUEST"

    def test_an_unknown_id_with_its_text_is_a_text(self) -> None:
        asked = operation(query="{ viewer }", extensions=apollo(UNKNOWN))
        found = TRUSTED.complete(asked, trusted_only=False)
        assert (found.query, found.document_id) == ("{ viewer }", None)
        with pytest.raises(Refusal, match="PersistedQueryNotFound"):
            TRUSTED.complete(asked, trusted_only=True)
        # It was not registered on the way.
        with pytest.raises(Refusal, match="PersistedQueryNotFound"):
            TRUSTED.complete(operation(extensions=apollo(UNKNOWN)), trusted_only=False)

    @pytest.mark.parametrize("query", [PING, "{ viewer }", "{ __schema { types { name } } }"])
    def test_a_text_alone_is_taken_in_the_open_and_nowhere_else(self, query: str) -> None:
        asked = operation(query=query)
        assert TRUSTED.complete(asked, trusted_only=False) is asked
        with pytest.raises(Refusal, match="send `documentId`") as refusal:
            TRUSTED.complete(asked, trusted_only=True)
        assert refusal.value.code == "PERSISTED_QUERY_ID_REQUIRED"

    @pytest.mark.parametrize(
        "body",
        [
            {"documentId": 5},
            {"documentId": ["x"]},
            {"documentId": hash_of(PING), "query": 5},
            {"extensions": {"persistedQuery": "x"}},
            {"extensions": {"persistedQuery": {}}},
            {"extensions": apollo(hash_of(PING), version=2)},
            {"extensions": apollo(None)},
            {"extensions": apollo(hash_of(PING)), "documentId": f"sha256:{hash_of(WORK)}"},
            {"extensions": {"persistedQuery": {"version": 1}}, "query": PING},
        ],
    )
    def test_an_id_of_the_wrong_shape_is_refused(self, body: dict[str, object]) -> None:
        with pytest.raises(Refusal) as refusal:
            operation(**body)
        assert refusal.value.code == "BAD_REQUEST"


class TestShelf:
    def test_nobody_pushes_a_trusted_document_out(self) -> None:
        shelf = DocumentShelf(Limits(), chars_max=2 * 1_024)
        TRUSTED.reserve_on(shelf)
        assert shelf.find(PING) is None
        kept = shelf.prepare(GRAPH, PING, parse(PING))
        for number in range(50):
            text = f"{{ a{number}: ping }}"
            shelf.prepare(GRAPH, text, parse(text))
        assert shelf.chars == 2 * 1_024
        assert shelf.find(PING) is kept
        assert shelf.find("{ a0: ping }") is None
        TRUSTED.reserve_on(shelf)
        assert shelf.find(PING) is kept

    def test_a_document_that_the_schema_or_the_limits_refuse_is_told(self) -> None:
        stale, large = "{ nope }", "{ ping " + "x: ping " * 51 + "}"
        long, tokens = f"{{ ping }} #{'x' * 33_000}", "{ " + "ping " * 2_001 + "}"
        documents = TrustedDocuments(
            {hash_of(one): one for one in (PING, stale, large, long, tokens)}
        )
        assert documents.misfits(GRAPH, DocumentShelf(Limits())) == {
            hash_of(stale): "Cannot query field 'nope' on type 'Query'.",
            hash_of(large): "The document is too complex: it asks for more than 20 root fields.",
            hash_of(long): "it has more than 32768 characters",
            hash_of(tokens): "Syntax Error: Document contains more than 2000 tokens. "
            "Parsing aborted.",
        }
