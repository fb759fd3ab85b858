import json

import zstandard

from benchmarks.records.service import body, sessions
from sync.cloud.batch import read_batch


def test_what_boxes_send_is_what_the_cloud_takes_and_never_twice_the_same() -> None:
    records = [*sessions(20, box=3), *sessions(20, box=4)]
    text = zstandard.ZstdDecompressor().decompress(body(records))
    batch = read_batch(text)
    assert [each.id for each in batch.records] == [each.id for each in records]
    assert batch.refused == ()
    assert len({json.loads(line)["body"]["id"] for line in text.splitlines()}) == len(records)
