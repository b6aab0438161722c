"""The dashboard as the service serves it: its page, its files, and what neither gives away."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from service.api.app import SampleViewer
from service.api.built import FilesBut
from service.api.dashboard import FOLDER, content_policy
from service.api.trusted import TrustedDocuments, hash_of
from tests.api.built_dashboard import FILES, PAGE, SCRIPT, STYLE, built_into, linked
from tests.api.harness import Api
from tests.api.toy_schema import served
from tests.support.shop import ORIGIN

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PLAIN = {"accept-encoding": "identity"}
INDEX_JS = "/assets/index-B4x_9aZq.js"
INDEX_CSS = "/assets/index-CwZ-1f8k.css"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self' ws://{0} wss://{0}; manifest-src 'self'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; frame-src 'none'"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return built_into(tmp_path / "dashboard")


@pytest.fixture
async def http(api: Api, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the whole app, on a real server."""
    api.rebuild(dashboard_folder=folder)
    async with (
        served(api.app) as host,
        httpx.AsyncClient(base_url=f"http://{host}", trust_env=False) as client,
    ):
        yield client


class TestPage:
    @pytest.mark.parametrize("path", ["/", "/index.html"])
    @pytest.mark.parametrize("accept", [BROWSER["accept"], "*/*", "application/json"])
    async def test_the_page_is_at_the_root(
        self, http: httpx.AsyncClient, path: str, accept: str
    ) -> None:
        answered = await http.get(path, headers={"accept": accept})
        assert answered.status_code == 200
        assert answered.text == PAGE.replace('<base href="/" />', '<base href="/">')

    async def test_the_page_runs_only_our_scripts_and_is_in_no_frame(
        self, http: httpx.AsyncClient
    ) -> None:
        headers = (await http.get("/", headers=BROWSER)).headers
        policy = headers["content-security-policy"]
        assert policy == POLICY.format(http.base_url.netloc.decode())
        assert "unsafe" not in policy
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize("path", ["/%2e", "/%2e/%2e"])
    async def test_a_path_of_dots_is_no_place(self, http: httpx.AsyncClient, path: str) -> None:
        assert (await http.get(path, headers=BROWSER)).status_code == 404

    async def test_the_window_of_the_card_page_stays_in_the_hands_of_who_opened_it(
        self, http: httpx.AsyncClient
    ) -> None:
        back = await http.get("/invoices/pay/return?key=k", headers=BROWSER)
        assert back.status_code == 200
        assert back.headers["cross-origin-opener-policy"] == "unsafe-none"

    @pytest.mark.parametrize("host", ["a b", "x;script-src *", "evil.example/", ""])
    def test_a_strange_host_is_not_written_into_the_policy(self, host: str) -> None:
        assert "connect-src 'self';" in content_policy(host)

    @pytest.mark.parametrize(
        "path",
        [
            "/invoices",
            "/invoices/inv_01K8",
            "/invoices/inv_01K8/deliveries/",
            "/contacts",
            "/cases/case_1",
            "/desk/accounts/acc_1",
            "/%E0%A4%9A",
        ],
    )
    async def test_places_inside_the_dashboard_are_its_page(
        self, http: httpx.AsyncClient, path: str
    ) -> None:
        root = await http.get("/", headers=BROWSER)
        answered = await http.get(path, headers=BROWSER)
        assert (answered.status_code, answered.text) == (200, root.text)
        assert (
            answered.headers["content-security-policy"] == (root.headers["content-security-policy"])
        )
        head = await http.head(path, headers=BROWSER)
        assert (head.status_code, head.content) == (200, b"")
        assert (await http.get(path, headers={"accept": "*/*"})).status_code == 404
        assert (await http.post(path, headers=BROWSER)).status_code == 404

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/graphql/nothing", 404),
            ("/pay", 404),
            ("/pay/return/nothing/here", 404),
            ("/static", 404),
            ("/static/", 404),
            ("/static/nothing", 404),
            ("/static/dashboard", 404),
            ("/webhooks", 404),
            ("/webhooks/stripe", 405),
            ("/webhooks/stripe/x", 404),
            ("/callbacks/x", 405),
            ("/healthz/x", 404),
            ("/readyz/x", 404),
            ("/assets/nothing", 404),
            ("/assets/index-gone1234.js", 404),
            ("/robots.txt", 404),
            ("/invoices/picture.png", 404),
            ("/wp-login.php", 404),
            ("/.env", 404),
            ("/.git/config", 404),
        ],
    )
    async def test_what_is_not_the_dashboards_is_never_its_page(
        self, http: httpx.AsyncClient, path: str, status: int
    ) -> None:
        answered = await http.get(path, headers=BROWSER, follow_redirects=True)
        assert answered.status_code == status
        assert '<div id="app">' not in answered.text

    async def test_every_other_route_answers_as_before(self, http: httpx.AsyncClient) -> None:
        assert (await http.get("/healthz", headers=BROWSER)).json() == {"status": "ok"}
        explorer = await http.get("/graphql", headers=BROWSER)
        assert "The API explorer needs JavaScript" in explorer.text
        link = await http.get("/pay/not-a-link", headers=BROWSER)
        assert link.status_code == 404
        assert '<div id="app">' not in link.text
        paper = await http.get("/invoices/inv_1/view", headers=BROWSER)
        assert "does not open an invoice" in paper.text

    async def test_a_page_that_has_not_changed_is_not_sent_again(
        self, http: httpx.AsyncClient, folder: Path
    ) -> None:
        first = await http.get("/", headers=BROWSER)
        known = {**BROWSER, "if-none-match": first.headers["etag"]}
        again = await http.get("/", headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert "content-security-policy" in again.headers
        (folder / "index.html").write_text(PAGE.replace("Paidup", "Paidup 2"))
        renewed = await http.get("/", headers=known)
        assert "<title>Paidup 2</title>" in renewed.text

    @pytest.mark.parametrize("head", ["<head>", '<head class="x">', "<HEAD>"])
    async def test_a_page_without_a_base_is_given_one(
        self, http: httpx.AsyncClient, folder: Path, head: str
    ) -> None:
        (folder / "index.html").write_text(f"<html>{head}<title>x</title></head></html>")
        answered = await http.get("/", headers=BROWSER)
        assert answered.text == f'<html>{head}<base href="/"><title>x</title></head></html>'

    @pytest.mark.parametrize(
        ("public_url", "base"),
        [
            ("https://pay.example.com/billing", "/billing/"),
            ("https://pay.example.com/billing/", "/billing/"),
            ("https://pay.example.com/a/b", "/a/b/"),
            ('https://pay.example.com/"><script>', "/&quot;&gt;&lt;script&gt;/"),
        ],
    )
    async def test_the_page_knows_the_path_that_it_is_reached_under(
        self, api: Api, folder: Path, public_url: str, base: str
    ) -> None:
        api.rebuild(dashboard_folder=folder, public_url=public_url)
        answered = await api.http.get("/invoices/inv_1", headers=BROWSER)
        assert f'<base href="{base}">' in answered.text
        assert answered.text.count("<base") == 1


class TestNotBuilt:
    async def test_a_page_says_how_to_build_it(self, api: Api, tmp_path: Path) -> None:
        api.rebuild(dashboard_folder=tmp_path / "absent")
        for path in ("/", "/invoices"):
            answered = await api.http.get(path, headers=BROWSER)
            assert answered.status_code == 404
            assert "make dashboard" in answered.text
            assert "explorer at /graphql" in answered.text
            assert answered.headers["content-security-policy"].startswith("default-src 'none'")
        assert (await api.http.get("/assets/x.js")).status_code == 404

    async def test_it_needs_no_restart_once_it_is_built(self, api: Api, tmp_path: Path) -> None:
        api.rebuild(dashboard_folder=tmp_path / "later")
        assert (await api.http.get("/", headers=BROWSER)).status_code == 404
        built_into(tmp_path / "later")
        assert '<div id="app">' in (await api.http.get("/", headers=BROWSER)).text


class TestFiles:
    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            (INDEX_JS, "text/javascript; charset=utf-8"),
            (INDEX_CSS, "text/css; charset=utf-8"),
            ("/assets/noto-DfG7hJ2k.woff2", "font/woff2"),
        ],
    )
    async def test_files_with_a_hash_are_kept_for_good(
        self, http: httpx.AsyncClient, path: str, kind: str
    ) -> None:
        answered = await http.get(path, headers=PLAIN)
        assert (answered.status_code, answered.content) == (200, FILES[path[1:]])
        assert answered.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answered.headers["content-type"] == kind
        assert answered.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        "path", ["/favicon.svg", "/first-paint.js", "/paidup-invoices.js", "/assets/plain.js"]
    )
    async def test_files_without_a_hash_are_asked_about_again(
        self, http: httpx.AsyncClient, path: str
    ) -> None:
        answered = await http.get(path, headers=PLAIN)
        assert (answered.status_code, answered.content) == (200, FILES[path[1:]])
        assert answered.headers["cache-control"] == "no-cache"
        again = await http.get(path, headers=PLAIN | {"if-none-match": answered.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_files_are_compressed_for_whoever_reads_that(
        self, http: httpx.AsyncClient
    ) -> None:
        async with http.stream("GET", INDEX_CSS, headers={"accept-encoding": "gzip, br"}) as one:
            packed = b"".join([piece async for piece in one.aiter_raw()])
        assert one.headers["content-encoding"] == "gzip"
        assert one.headers["content-type"] == "text/css; charset=utf-8"
        assert "Accept-Encoding" in one.headers["vary"]
        assert len(packed) < len(STYLE) / 5
        assert gzip.decompress(packed) == STYLE
        plain = await http.get(INDEX_CSS, headers=PLAIN)
        assert plain.headers["etag"] != one.headers["etag"]

    @pytest.mark.parametrize(
        ("accepted", "encoding"),
        [
            ("br", "br"),
            ("gzip, deflate, br", "br"),
            ("gzip;q=1.0, br;q=0.5", "br"),
            ("gzip, br;q=0", "gzip"),
            ("gzip", "gzip"),
            ("deflate", None),
            ("gzip;q=0", None),
            ("", None),
        ],
    )
    async def test_what_the_build_has_compressed_goes_first(
        self, http: httpx.AsyncClient, accepted: str, encoding: str | None
    ) -> None:
        asked = {"accept-encoding": accepted}
        async with http.stream("GET", INDEX_JS, headers=asked) as answered:
            body = b"".join([piece async for piece in answered.aiter_raw()])
        assert answered.headers.get("content-encoding") == encoding
        assert answered.headers["content-type"] == "text/javascript; charset=utf-8"
        if encoding == "br":
            assert body == FILES["assets/index-B4x_9aZq.js.br"]
        else:
            assert (gzip.decompress(body) if encoding else body) == SCRIPT

    async def test_what_is_dense_already_is_not_compressed(self, http: httpx.AsyncClient) -> None:
        answered = await http.get("/assets/noto-DfG7hJ2k.woff2")
        assert "content-encoding" not in answered.headers

    async def test_a_file_that_was_built_anew_is_the_new_one(
        self, http: httpx.AsyncClient, folder: Path
    ) -> None:
        await http.get("/first-paint.js")
        (folder / "first-paint.js").write_bytes(b"2;\n")
        assert (await http.get("/first-paint.js")).content == b"2;\n"

    @pytest.mark.parametrize(
        "path",
        [
            "/.vite/manifest.json",
            "/assets/../.vite/manifest.json",
            "/notes.xyz",
            "/other.html",
            "/assets",
            "/assets/",
            "/assets/index-B4x_9aZq.js.br",
            "/assets/index-B4x_9aZq.js/",
            "/../secret.json",
            "/%2e%2e/secret.json",
            "/assets/..%2f..%2fsecret.json",
            "/..%5csecret.json",
            "/secret.json",
            "//secret.json",
            "/a%00b.js",
            f"/{'x' * 3_000}.js",
        ],
    )
    async def test_nothing_else_is_given_away(
        self, http: httpx.AsyncClient, folder: Path, path: str
    ) -> None:
        (folder.parent / "secret.json").write_text('"secret"')
        linked(folder, "secret.json", folder.parent / "secret.json")
        answered = await http.request("GET", httpx.URL(str(http.base_url), raw_path=path.encode()))
        assert answered.status_code == 404
        assert "secret" not in answered.text

    @pytest.mark.parametrize(
        "path", ["dashboard/", "/dashboard/", "./dashboard/", "%2e/dashboard/", "a%2f../dashboard/"]
    )
    async def test_the_page_has_no_second_address_without_its_policy(
        self, folder: Path, path: str
    ) -> None:
        (folder.parent / "beside.css").write_bytes(STYLE)
        files = FilesBut(folder.parent, hidden=folder)
        async with served(Starlette(routes=[Mount("/static", files)])) as host:
            for name, status in ((f"{path}index.html", 404), ("beside.css", 200)):
                url = httpx.URL(f"http://{host}", raw_path=f"/static/{name}".encode())
                async with httpx.AsyncClient(trust_env=False) as http:
                    assert (await http.get(url)).status_code == status

    async def test_the_apps_own_files_are_served_without_the_dashboard(self, api: Api) -> None:
        assert (await api.http.get("/static/view/view.css")).status_code == 200
        (mount,) = [one for one in api.app.routes if getattr(one, "path", None) == "/static"]
        assert isinstance(mount, Mount)
        assert isinstance(mount.app, FilesBut)
        assert mount.app.hidden == FOLDER.resolve()


class TestElement:
    async def test_pages_of_allowed_origins_may_load_the_element(
        self, http: httpx.AsyncClient
    ) -> None:
        allowed = await http.get("/paidup-invoices.js", headers={"origin": ORIGIN})
        assert allowed.headers["access-control-allow-origin"] == ORIGIN
        assert allowed.headers["content-type"] == "text/javascript; charset=utf-8"
        known = {"origin": ORIGIN, "if-none-match": allowed.headers["etag"]}
        again = await http.get("/paidup-invoices.js", headers=known)
        assert again.status_code == 304
        assert again.headers["access-control-allow-origin"] == ORIGIN

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
    async def test_pages_of_other_origins_may_not(
        self, http: httpx.AsyncClient, origin: str | None
    ) -> None:
        headers = {"origin": origin} if origin else {}
        answered = await http.get("/paidup-invoices.js", headers=headers)
        assert "access-control-allow-origin" not in answered.headers
        assert "Origin" in answered.headers["vary"]


class TestSettings:
    async def test_the_page_is_told_where_things_are(self, api: Api) -> None:
        answered = await api.http.get("/dashboard.json")
        assert answered.json() == {
            "graphql": "/graphql",
            "documents": "text",
            "signInUrl": None,
            "viewers": [],
        }
        assert answered.headers["cache-control"] == "no-store"
        assert answered.headers["content-type"] == "application/json"
        assert answered.headers["vary"] == "Sec-Fetch-Site, Origin"
        text = "{ viewer { email } }"
        api.rebuild(
            public_url="https://pay.example.com/billing",
            sign_in_url="https://app.example.com/sign-in",
            documents=TrustedDocuments({hash_of(text): text}),
        )
        assert (await api.http.get("/dashboard.json")).json() == {
            "graphql": "/billing/graphql",
            "documents": "ids",
            "signInUrl": "https://app.example.com/sign-in",
            "viewers": [],
        }

    @pytest.mark.parametrize(
        ("site", "given"),
        [
            (None, True),
            ("same-origin", True),
            ("none", True),
            ("same-site", False),
            ("cross-site", False),
        ],
    )
    async def test_sample_viewers_are_for_our_own_page(
        self, api: Api, site: str | None, given: bool
    ) -> None:
        api.rebuild(sample_viewers=[SampleViewer("Ana", "a-token")])
        headers = {"sec-fetch-site": site} if site else {}
        answered = await api.http.get("/dashboard.json", headers=headers)
        expected = [{"label": "Ana", "token": "a-token"}] if given else []
        assert answered.json()["viewers"] == expected
