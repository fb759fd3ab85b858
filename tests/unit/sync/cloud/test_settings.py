from pathlib import Path

import pytest

from sync.cloud.settings import CloudSettings, CloudSettingsError, load


def read(tmp_path: Path, text: str, **environ: str) -> CloudSettings:
    path = tmp_path / "cloud.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, folder=Path("/elsewhere"), environ=environ)


def test_without_a_file_everything_lies_in_one_folder(tmp_path: Path) -> None:
    settings = load(None, folder=tmp_path, environ={})
    assert settings.database.url == f"sqlite:///{tmp_path}/cloud.sqlite"
    assert settings.objects.url == (tmp_path / "objects").as_uri()
    assert (settings.service.host, settings.service.port, settings.service.cert) == ("127.0.0.1", 8443, None)
    assert (settings.retraining.every_sessions, settings.retraining.executor) == (10_000, "local")
    assert settings.signing.repository is None


def test_a_whole_file(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
        [service]
        url = "https://cloud.example"
        host = "0.0.0.0"
        port = 443
        cert = "tls/cert.pem"
        key = "/etc/key.pem"
        client_ca = "tls/ca.pem"
        [database]
        url = "postgresql://gymbox@db/gymbox"
        password_file = "password"
        [objects]
        url = "s3://bucket/prefix"
        [signing]
        repository = "releases"
        online_keys = "keys"
        [retraining]
        every_sessions = 0
        executor = "tcp://scheduler:8786"
        """,
    )
    (tmp_path / "password").write_text("hunter/2\n")
    assert settings.service.cert == tmp_path / "tls" / "cert.pem"
    assert settings.service.key == Path("/etc/key.pem")
    assert settings.signing.repository == tmp_path / "releases"
    assert settings.objects.url == "s3://bucket/prefix"
    address = settings.database.address()
    assert (address.drivername, address.password, address.host) == ("postgresql+psycopg", "hunter/2", "db")
    assert "hunter" not in repr(settings)


def test_paths_start_at_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, '[database]\nurl = "sqlite:///data/x.sqlite"\n[objects]\nurl = "lake"')
    assert settings.database.url == f"sqlite:///{tmp_path}/data/x.sqlite"
    assert settings.objects.url == (tmp_path / "lake").as_uri()


def test_the_environment_lies_over_the_file(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "[service]\nport = 1",
        GYMBOX_CLOUD_SERVICE__PORT="9000",
        GYMBOX_CLOUD_OBJECTS__URL="/lake",
        GYMBOX_CLOUD__URL="https://the-box-s-own.example",
        GYMBOX_HTTP__PORT="80",
    )
    assert (settings.service.port, settings.objects.url) == (9000, "file:///lake")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[servise]\nport = 1", "servise: is not a setting"),
        ("[service]\nprot = 1", "service.prot: is not a setting"),
        ("[service]\nport = 70000", "service.port: should be less than"),
        ("[service]\nport = 'x'", "service.port: should be a valid integer"),
        ("[service]\nurl = 'http://plain'", "service.url: must start with https://"),
        ("[service]\ncert = 'a'", "service: cert and key go together"),
        ("[service]\nclient_ca = 'a'", "service: client_ca needs cert and key"),
        ("[database]\nurl = 'mysql://x/y'", "database.url: must be sqlite:///file or postgresql://"),
        ("[database]\nurl = 'sqlite://'", "database.url: must be sqlite:///file"),
        ("[database]\nurl = 'nothing'", "database.url: is no address"),
        ("[database]\nurl = 'postgresql://u:hunter2@h/d'", "database.url: must not hold a password"),
        ("[objects]\nurl = 'http://x'", "objects.url: must be a folder"),
        ("[objects]\nurl = 's3://key:hunter2@bucket'", "objects.url: must be a folder"),
        ("[objects]\nurl = 'file://host/x'", "objects.url: must be a folder"),
        ("[retraining]\nexecutor = 'cloud'", "retraining.executor: "),
        ("service = 1", "service: "),
        ("[service", "is not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CloudSettingsError) as told:
        read(tmp_path, text)
    assert words in str(told.value)
    assert str(tmp_path / "cloud.toml") in str(told.value)
    assert "hunter2" not in str(told.value)


def test_every_mistake_is_told(tmp_path: Path) -> None:
    with pytest.raises(CloudSettingsError) as told:
        read(tmp_path, "[service]\nport = 0\nhost = ''\n[objects]\nurl = 's4://x'")
    assert len(str(told.value).splitlines()) == 3


def test_a_mistake_of_the_environment_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(CloudSettingsError, match="environment: GYMBOX_CLOUD_SERVICE__PORT: "):
        read(tmp_path, "", GYMBOX_CLOUD_SERVICE__PORT="none")
    with pytest.raises(CloudSettingsError, match="GYMBOX_CLOUD_SERVICE__PORT: service is no section"):
        read(tmp_path, "service = 1", GYMBOX_CLOUD_SERVICE__PORT="1")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CloudSettingsError, match="cannot be read"):
        load(tmp_path / "none.toml", folder=tmp_path, environ={})
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(CloudSettingsError, match="UTF-8"):
        load(tmp_path / "bytes.toml", folder=tmp_path, environ={})
    (tmp_path / "long.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(CloudSettingsError, match="too large"):
        load(tmp_path / "long.toml", folder=tmp_path, environ={})
    settings = read(tmp_path, "[database]\npassword_file = 'none'")
    with pytest.raises(CloudSettingsError, match="password_file"):
        settings.database.address()
