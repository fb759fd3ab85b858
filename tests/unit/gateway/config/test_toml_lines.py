"""Where a key stands."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from gateway.config.toml_lines import key_lines, line_of

TEXT = """\
# a comment = 1
[box]
id = "b"   # here
"language" = "en"

[[station]]
id = "s1"
zone = [
  [0.0, 0.0],
  [1.0, 1.0],
]
[[station]]
id = "s2"

[[device]]
id = "t1"
limits = { speed_kmh = 12 }
[[device]]
id = "t2"
[device.limits]
speed_kmh = 10
[mqtt] # broker
note = '''
url = "not this one"
'''
url = "embedded"
cloud.url = "https://x"
"""


def test_every_key_has_its_line() -> None:
    lines = key_lines(TEXT)
    assert line_of(("box",), lines) == 2
    assert line_of(("box", "id"), lines) == 3
    assert line_of(("box", "language"), lines) == 4
    assert line_of(("station", 0, "id"), lines) == 7
    assert line_of(("station", 1, "id"), lines) == 13
    assert line_of(("device", 1, "limits", "speed_kmh"), lines) == 21
    assert line_of(("mqtt", "url"), lines) == 26
    assert line_of(("mqtt", "cloud", "url"), lines) == 27


def test_what_has_no_line_of_its_own_stands_with_its_table() -> None:
    lines = key_lines(TEXT)
    assert line_of(("box", "gym_id"), lines) == 2
    assert line_of(("station", 0, "zone", 1, 0), lines) == 8
    assert line_of(("device", 0, "limits", "speed_kmh"), lines) == 17
    assert line_of(("storage", "budget_mb"), lines) is None
    assert line_of((), lines) is None


NAMES = st.sampled_from(["id", "name", "url", "port"])


@given(st.lists(st.tuples(st.sampled_from(["box", "mqtt", "http"]), NAMES), unique=True, max_size=8))
def test_plain_tables_are_found_as_the_parser_finds_them(keys: list[tuple[str, str]]) -> None:
    rows: list[str] = []
    for table in dict.fromkeys(table for table, _ in keys):
        rows.append(f"[{table}]")
        rows += [f"{name} = {len(rows)}" for other, name in keys if other == table]
    text = "\n".join(rows)
    tomllib.loads(text)
    lines = key_lines(text)
    for table, name in keys:
        assert rows[lines[table, name] - 1].startswith(f"{name} =")


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    lines = key_lines(text)
    assert all(1 <= line <= len(text.splitlines()) for line in lines.values())
