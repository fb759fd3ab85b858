from hypothesis import given
from hypothesis import strategies as st

from sync.cloud.est import claims


def test_a_secret_is_long_and_can_be_typed() -> None:
    secret = claims.new_secret()
    plain = secret.replace("-", "")
    assert len(plain) * 5 >= 128
    assert set(plain) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert len({claims.new_secret() for _ in range(50)}) == 50


def test_what_is_kept_is_salted() -> None:
    secret, salts = claims.new_secret(), [claims.new_salt(), claims.new_salt()]
    assert claims.hash_of(secret, salts[0]) != claims.hash_of(secret, salts[1])


@given(st.text(max_size=60))
def test_only_the_secret_is_the_secret(text: str) -> None:
    salt = "00ff"
    kept = claims.hash_of("abcd-efgh", salt)
    typed = "".join(text.split()).replace("-", "").lower()
    assert claims.is_secret(text, salt, kept) == (typed == "abcdefgh")


def test_how_it_is_typed_makes_no_difference() -> None:
    secret, salt = claims.new_secret(), claims.new_salt()
    kept = claims.hash_of(secret, salt)
    for typed in (secret.upper(), secret.replace("-", ""), secret.replace("-", " "), f" {secret}\n"):
        assert claims.is_secret(typed, salt, kept)
