"""Settings: everything has a default, nothing is half configured, and no secret is ever shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from service.settings import Settings, SettingsError, read_settings

CANARY = "canarycanarycanary"
LIVE = {
    "PAIDUP_STRIPE_SECRET_KEY": f"sk_live_{CANARY}",
    "PAIDUP_STRIPE_WEBHOOK_SECRETS": f"whsec_{CANARY}",
}
Read = Callable[..., Settings]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read the settings of an environment that holds just these variables of ours."""

    def with_environment(**variables: str) -> Settings:
        for name in [name for name in os.environ if name.upper().startswith("PAIDUP_")]:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return read_settings()

    return with_environment


def test_nothing_needs_to_be_set(read: Read) -> None:
    settings = read()
    assert settings.database_url == ""
    assert settings.data_dir == Path(".paidup")
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.worker, settings.log_format) == ("inline", "json")
    assert (settings.return_origins, settings.cors_origins) == ((), ())
    assert settings.stripe_webhook_secrets == ()
    assert (settings.documents, settings.documents_manifest) == ("open", ())
    assert not settings.live_mode
    assert (settings.seller_time_zone, settings.financial_year_start_month) == ("Asia/Kolkata", 4)
    assert settings.rates_url == "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
    assert settings.rate_max_age_days == 7
    assert (settings.checkout_minutes, settings.sweep_seconds, settings.run_day) == (60, 1, 4)


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_lists_are_separated_by_commas_and_blanks_around_them_do_not_count(read: Read) -> None:
    settings = read(
        PAIDUP_RETURN_ORIGINS=" https://a.example , https://b.example,,",
        PAIDUP_CORS_ORIGINS="https://a.example",
    )
    assert settings.return_origins == ("https://a.example", "https://b.example")
    assert settings.cors_origins == ("https://a.example",)


def test_several_manifests_are_named_with_commas(read: Read) -> None:
    settings = read(PAIDUP_DOCUMENTS="trusted", PAIDUP_DOCUMENTS_MANIFEST="ios.json, a/web.json")
    assert settings.documents == "trusted"
    assert settings.documents_manifest == (Path("ios.json"), Path("a/web.json"))


def test_proxies_are_believed_by_address_and_none_by_default(read: Read) -> None:
    assert read().trusted_proxies == ()
    given = "127.0.0.1, 10.1.0.0/16, fd00::/8"
    assert read(PAIDUP_TRUSTED_PROXIES=given).trusted_proxies == (
        "127.0.0.1",
        "10.1.0.0/16",
        "fd00::/8",
    )


def test_several_webhook_secrets_are_taken_while_they_rotate(read: Read) -> None:
    settings = read(
        PAIDUP_STRIPE_SECRET_KEY="sk_test_1", PAIDUP_STRIPE_WEBHOOK_SECRETS="whsec_new, whsec_old"
    )
    assert settings.stripe_webhook_secrets == ("whsec_new", "whsec_old")


@pytest.mark.parametrize(
    ("base_url", "public"),
    [
        ("https://pay.example.com", "https://pay.example.com"),
        ("https://pay.example.com/", "https://pay.example.com"),
        ("", "http://0.0.0.0:9000"),
    ],
)
def test_the_public_url_has_no_slash_at_its_end(read: Read, base_url: str, public: str) -> None:
    settings = read(PAIDUP_BASE_URL=base_url, PAIDUP_HOST="0.0.0.0", PAIDUP_PORT="9000")  # noqa: S104
    assert settings.public_url == public


@pytest.mark.parametrize("name", ["PAIDUP_STRIPE_WEBHOOK_SECRET", "PAIDUP_DATABASE", "PAIDUP_"])
def test_a_name_that_does_not_exist_is_refused_and_named(read: Read, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"no setting {name}$"):
        read(**{name: "x"})


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PAIDUP_PORT": "0"}, "PAIDUP_PORT"),
        ({"PAIDUP_PORT": "65536"}, "PAIDUP_PORT"),
        ({"PAIDUP_PORT": "http"}, "PAIDUP_PORT"),
        ({"PAIDUP_WORKER": "both"}, "PAIDUP_WORKER"),
        ({"PAIDUP_DOCUMENTS": "closed"}, "PAIDUP_DOCUMENTS"),
        ({"PAIDUP_TRUSTED_PROXIES": "10.0.0.1, *"}, "* is no address and no network"),
        ({"PAIDUP_TRUSTED_PROXIES": "proxy.example"}, "proxy.example is no address"),
        ({"PAIDUP_RUN_DAY": "29"}, "PAIDUP_RUN_DAY"),
        ({"PAIDUP_CHECKOUT_MINUTES": "30"}, "PAIDUP_CHECKOUT_MINUTES"),
        ({"PAIDUP_CHECKOUT_MINUTES": "1441"}, "PAIDUP_CHECKOUT_MINUTES"),
        ({"PAIDUP_NUMBER_PREFIX": ""}, "PAIDUP_NUMBER_PREFIX"),
        ({"PAIDUP_NUMBER_PREFIX": "TOOLONG"}, "PAIDUP_NUMBER_PREFIX"),
        ({"PAIDUP_FINANCIAL_YEAR_START_MONTH": "13"}, "PAIDUP_FINANCIAL_YEAR_START_MONTH"),
        ({"PAIDUP_LOG_FORMAT": "xml"}, "PAIDUP_LOG_FORMAT"),
        ({"PAIDUP_STRIPE_SECRET_KEY": f"sk_test_{CANARY}"}, "go together"),
        ({"PAIDUP_STRIPE_WEBHOOK_SECRETS": f"whsec_{CANARY}"}, "go together"),
        ({"PAIDUP_STRIPE_SECRET_KEY": "sk_test_1", "PAIDUP_STRIPE_WEBHOOK_SECRETS": " , "},
         "go together"),
        ({"PAIDUP_JWKS_URL": "https://a.example/jwks"}, "PAIDUP_JWT_ISSUER is required"),
        ({"PAIDUP_JWT_KEY_FILE": "key.pem"}, "PAIDUP_JWT_ISSUER is required"),
        ({"PAIDUP_JWKS_URL": "https://a.example", "PAIDUP_JWT_KEY_FILE": "key.pem",
          "PAIDUP_JWT_ISSUER": "me"}, "not both"),
        ({"PAIDUP_LINK_SECRET": CANARY}, "at least 32"),
        ({"PAIDUP_WORKER": "separate"}, "PAIDUP_DATABASE_URL"),
        ({"PAIDUP_RATES_URL": "ftp://bank.example/daily.xml"}, "PAIDUP_RATES_URL"),
        ({"PAIDUP_RATES_URL": "bank.example"}, "PAIDUP_RATES_URL"),
        ({**LIVE, "PAIDUP_RATES_URL": "http://bank.example/daily.xml"}, "come over https"),
        ({"PAIDUP_SIGN_IN_URL": "javascript:alert(1)"}, "PAIDUP_SIGN_IN_URL"),
        ({"PAIDUP_SIGN_IN_URL": "/sign-in"}, "PAIDUP_SIGN_IN_URL"),
        ({**LIVE, "PAIDUP_SIGN_IN_URL": "http://app.example/in"}, "sign in over https"),
        ({**LIVE, "PAIDUP_STRIPE_API_BASE": "http://127.0.0.1:8420"}, "live key"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_a_sentence_that_shows_no_secret(
    read: Read, variables: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)) as refusal:
        read(**variables)
    assert CANARY not in str(refusal.value)
    assert "Value error" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    ("prefix", "live"),
    [("sk_live_", True), ("rk_live_", True), ("sk_test_", False), ("rk_test_", False)],
)
def test_the_key_says_whether_money_moves(read: Read, prefix: str, live: bool) -> None:
    settings = read(**{**LIVE, "PAIDUP_STRIPE_SECRET_KEY": f"{prefix}{CANARY}"})
    assert settings.live_mode is live


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:3000/in", "https://app.example/in?to=pay"])
def test_people_sign_in_at_the_products_own_page_or_nowhere(read: Read, url: str) -> None:
    assert read(PAIDUP_SIGN_IN_URL=url).sign_in_url == url


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8080/daily.xml", "https://a.example/d.xml"])
def test_rates_come_from_any_mirror_or_from_none(read: Read, url: str) -> None:
    assert read(PAIDUP_RATES_URL=url).rates_url == url


def test_settings_shown_anywhere_show_no_secret(read: Read) -> None:
    settings = read(
        **LIVE,
        PAIDUP_DATABASE_URL=f"postgresql://paidup:{CANARY}@db.example/paidup",
        PAIDUP_SMTP_URL=f"smtp://user:{CANARY}@mail.example:587",
        PAIDUP_LINK_SECRET=CANARY * 3,
    )
    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)
    assert settings.link_secret == CANARY * 3


def test_settings_do_not_change_after_they_were_read(read: Read) -> None:
    settings = read()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]  # that is the point


def test_given_values_win_over_the_environment(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    read(PAIDUP_PORT="9000")
    assert read_settings(port=9001).port == 9001
    with pytest.raises(SettingsError, match="COLOUR"):
        read_settings(colour="red")
