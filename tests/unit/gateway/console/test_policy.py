"""The mark of our own scripts, and the policy that lets nothing else run."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.policy import mark_scripts, new_nonce, security_policy


def directives(policy: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words in (each.split() for each in policy.split(";"))}


def test_every_script_of_a_page_is_marked() -> None:
    page = b'<script>a()</script><script type="module" src="x.js"></script><p>script</p>'
    marked = mark_scripts(page, "abc")
    assert marked.count(b'<script nonce="abc"') == page.count(b"<script") == 2


@given(st.binary(max_size=200).filter(lambda each: b"<script" not in each))
def test_a_page_without_scripts_stays_as_it_is(page: bytes) -> None:
    assert mark_scripts(page, "abc") == page


def test_a_nonce_is_never_used_twice_and_cannot_break_out_of_the_header() -> None:
    nonces = {new_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert all(each.replace("-", "").replace("_", "").isalnum() for each in nonces)


def test_nothing_comes_from_elsewhere_and_no_inline_script_runs_without_the_mark() -> None:
    found = directives(security_policy("abc"))
    assert found["default-src"] == ["'self'"]
    assert "'nonce-abc'" in found["script-src"]
    assert "'unsafe-inline'" not in found["script-src"]
    assert found["frame-ancestors"] == found["object-src"] == found["base-uri"] == ["'none'"]
    assert not any("http" in source or "*" in source for sources in found.values() for source in sources)
