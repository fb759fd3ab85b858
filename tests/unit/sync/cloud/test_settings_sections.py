"""Each section of `cloud.toml` by itself: what it takes, what it refuses, and in which words."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sync.cloud.settings_sections import (
    CloudSettingsError,
    DatabaseSection,
    FleetSection,
    IdentitySection,
    ObjectsSection,
    RetrainingSection,
    RolloutsSection,
    Section,
    ServiceSection,
    SigningSection,
)

FOLDER = Path("/srv/cloud")
SECTIONS: list[type[Section]] = [
    ServiceSection,
    DatabaseSection,
    ObjectsSection,
    SigningSection,
    IdentitySection,
    RetrainingSection,
    RolloutsSection,
    FleetSection,
]
PATHS = [
    (section, name)
    for section in SECTIONS
    for name, field in section.model_fields.items()
    if "Path" in str(field.annotation)
]


def made(section: type[Section], **values: Any) -> Any:
    return section.model_validate(values, context={"folder": FOLDER})


def refusal(section: type[Section], **values: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        made(section, **values)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in refused.value.errors())


@pytest.mark.parametrize("section", SECTIONS)
def test_defaults_are_themselves_allowed_and_every_key_says_what_it_is(section: type[Section]) -> None:
    assert made(section) == made(section)
    assert all(field.description for field in section.model_fields.values())


@pytest.mark.parametrize("section", SECTIONS)
def test_nothing_unknown_is_taken_and_nothing_changes_later(section: type[Section]) -> None:
    assert "more: Extra inputs are not permitted" in refusal(section, more=1)
    name = next(iter(section.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made(section), name, "x")


@pytest.mark.parametrize("section", sorted(set(SECTIONS) - {SigningSection}, key=str))
def test_a_mistake_never_shows_what_was_written(section: type[Section]) -> None:
    with pytest.raises(ValidationError) as refused:
        made(section, **dict.fromkeys(section.model_fields, "mysql://ann:hunter2@db/x"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("section", "name"), PATHS)
def test_a_path_is_seen_from_the_folder_of_the_file(section: type[Section], name: str) -> None:
    others = {"cert": "c", "key": "k"} if section is ServiceSection else {}
    for text, expected in (
        ("a/b", FOLDER / "a/b"),
        ("/etc/x", Path("/etc/x")),
        ("~/x", Path.home() / "x"),
        ("../x", FOLDER / "../x"),
    ):
        assert getattr(made(section, **{**others, name: text}), name) == expected


@pytest.mark.parametrize(("section", "name"), [(ServiceSection, "url"), (IdentitySection, "est_url")])
@pytest.mark.parametrize(
    "url", ["http://cloud.example", "cloud.example", "https://", "https:///x", "ftp://a", ""]
)
def test_an_address_of_a_service_is_https_and_names_a_host(
    section: type[Section], name: str, url: str
) -> None:
    assert "must start with https:// and name a host" in refusal(section, **{name: url})
    assert getattr(made(section, **{name: "https://a.example:8443/x"}), name) == "https://a.example:8443/x"


@given(port=st.integers(-10, 70_000))
@settings(max_examples=30)
def test_a_port_is_one(port: int) -> None:
    if 1 <= port <= 65_535:
        assert made(ServiceSection, port=port).port == port
    else:
        assert "port:" in refusal(ServiceSection, port=port)


def test_certificate_and_key_go_together_and_whoever_checks_clients_ends_tls() -> None:
    for half in ("cert", "key"):
        assert "cert and key go together" in refusal(ServiceSection, **{half: "x"})
    assert "client_ca needs cert and key" in refusal(ServiceSection, client_ca="x")
    whole = made(ServiceSection, cert="c", key="k", client_ca="a")
    assert (whole.cert, whole.key, whole.client_ca) == (FOLDER / "c", FOLDER / "k", FOLDER / "a")


def test_a_scrapers_token_is_long_and_never_part_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "token"
    section = made(ServiceSection, metrics_token_file=str(path))
    assert made(ServiceSection).metrics_token() is None
    with pytest.raises(CloudSettingsError, match=r"^service.metrics_token_file: cannot be read"):
        section.metrics_token()
    for text in ("", "x" * 15, f"  {'x' * 15}\n"):
        path.write_text(text)
        with pytest.raises(CloudSettingsError, match="less than 16 characters"):
            section.metrics_token()
    path.write_bytes(b"\xff" * 40)
    with pytest.raises(CloudSettingsError, match="cannot be read"):
        section.metrics_token()
    path.write_text("  0123456789abcdef\n")
    assert section.metrics_token() == "0123456789abcdef"
    assert "0123456789abcdef" not in repr(section)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("sqlite:///x.sqlite", "sqlite:////srv/cloud/x.sqlite"),
        ("sqlite:////var/x.sqlite", "sqlite:////var/x.sqlite"),
        ("postgres://ann@db/gymbox", "postgresql+psycopg://ann@db/gymbox"),
        ("postgresql://ann@db:5433/gymbox", "postgresql+psycopg://ann@db:5433/gymbox"),
        ("postgresql+psycopg://db/gymbox", "postgresql+psycopg://db/gymbox"),
    ],
)
def test_a_database_is_a_file_or_postgresql(url: str, kept: str) -> None:
    section = made(DatabaseSection, url=url)
    assert section.url == kept
    assert made(DatabaseSection, url=section.url).url == kept, "read again, the same"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:secret@db/gymbox", "must not hold a password; name a file in password_file"),
        ("mysql://ann@db/gymbox", "must be sqlite:///file or postgresql://user@host/name"),
        ("postgresql+asyncpg://db/x", "must be sqlite:///file or postgresql://user@host/name"),
        ("sqlite://", "must be sqlite:///file or postgresql://user@host/name"),
        ("nothing", "is no address of a database"),
        ("", "is no address of a database"),
    ],
)
def test_any_other_database_is_refused_with_what_to_write(url: str, said: str) -> None:
    told = refusal(DatabaseSection, url=url)
    assert said in told
    assert "secret" not in told


def test_the_password_is_read_when_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "password"
    section = made(DatabaseSection, url="postgresql://ann@db/gymbox", password_file=str(path))
    with pytest.raises(CloudSettingsError, match=r"^database.password_file: cannot be read"):
        section.address()
    path.write_text("p@ss/word\n")
    assert section.address().password == "p@ss/word"  # noqa: S105 - nobody's
    assert "p@ss" not in repr(section)
    assert made(DatabaseSection, url="postgresql://ann@db/gymbox").address().password is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("lake", "file:///srv/cloud/lake"),
        ("/var/lake", "file:///var/lake"),
        ("file:///var/lake", "file:///var/lake"),
        ("a b", "file:///srv/cloud/a%20b"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
    ],
)
def test_objects_lie_in_a_folder_or_a_bucket(url: str, kept: str) -> None:
    assert made(ObjectsSection, url=url).url == kept


@pytest.mark.parametrize(
    "url", ["s3://key:secret@bucket", "s3://", "gs://bucket", "file://host/x", "https://x"]
)
def test_objects_lie_nowhere_else_and_no_keys_stand_there(url: str) -> None:
    told = refusal(ObjectsSection, url=url)
    assert "must be a folder, file:///folder or s3://bucket/prefix, and hold no keys" in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("text", "fits"), [("local", True), ("tcp://a:1", True), ("tls://a", True), ("ucx://a", True)]
)
@pytest.mark.parametrize("spoilt", ["{}", "x{}", "{}\nx"])
def test_an_executor_is_this_machine_or_an_address(text: str, spoilt: str, *, fits: bool) -> None:
    written = spoilt.format(text)
    if written == text:
        assert made(RetrainingSection, executor=text).executor == text
        assert fits
    elif written.startswith("x") or text == "local":
        assert "executor" in refusal(RetrainingSection, executor=written)


@pytest.mark.parametrize("text", ["", "tcp://", "http://a", "localhost"])
def test_any_other_executor_is_refused(text: str) -> None:
    assert "executor" in refusal(RetrainingSection, executor=text)


def test_what_is_rolled_out_by_itself_is_one_of_two() -> None:
    assert {made(RolloutsSection, after_retraining=each).after_retraining for each in ("careful", "never")}
    assert "after_retraining" in refusal(RolloutsSection, after_retraining="always")


@pytest.mark.parametrize("name", FleetSection.model_fields)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_no_threshold_is_endless_or_below_nothing(name: str, value: float) -> None:
    assert name in refusal(FleetSection, **{name: value})
