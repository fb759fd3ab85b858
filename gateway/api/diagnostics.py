"""What the box can tell of itself to somebody who helps from far away, looked at before it leaves."""

from fastapi import Response

from gateway.api.auth import Box, Operator
from gateway.api.v1 import v1_router
from gateway.diagnostics.bundle import packed
from gateway.live.snapshot import Message

router = v1_router("diagnostics", "/diagnostics")

ZIP = "application/zip"


class SectionReport(Message):
    """A file of the bundle."""

    name: str
    about: str
    bytes: int
    text: str


class BundlePreview(Message):
    """Everything that a bundle would hold."""

    sections: list[SectionReport]


@router.get("/preview", summary="What a bundle of diagnostics would hold (operator)")
async def preview(box: Box, _operator: Operator) -> BundlePreview:
    """Return every file of a bundle made now, with all that it says. Takes some seconds."""
    sections = await box.diagnostics.collect()
    return BundlePreview(
        sections=[
            SectionReport(name=each.name, about=each.about, bytes=each.bytes, text=each.text)
            for each in sections
        ]
    )


@router.post(
    "",
    summary="A bundle of diagnostics (operator)",
    response_class=Response,
    responses={200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def make(box: Box, operator: Operator) -> Response:
    """Return a zip file: no images, no members, no secrets. It goes nowhere by itself."""
    data = packed(await box.diagnostics.collect())
    box.events.record("diagnostics", actor=operator.label, subject="box", outcome="made", bytes=len(data))
    headers = {"Content-Disposition": 'attachment; filename="diagnostics.zip"'}
    return Response(data, media_type=ZIP, headers=headers)
