from gateway.api.services import ApiSettings


def test_unless_told_otherwise_nobody_is_the_operator_and_the_page_is_there() -> None:
    settings = ApiSettings()
    assert not settings.loopback_operator
    assert (settings.kiosk_dir / "index.html").is_file()
    assert settings.max_body_bytes <= 1 << 20
