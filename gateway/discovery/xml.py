"""Reading XML from strangers on the network. Pure.

The parser of the standard library expands entities as often as a document says. What a camera answers needs
no document type, so whatever declares one is refused unread, and so is what is long. Octets that are no
UTF-8, as some cameras have them in their names, are shown as such.
"""

from typing import Final
from xml.etree import ElementTree as ET

LONGEST: Final = 262_144
_DECLARATIONS: Final = ("<!DOCTYPE", "<!ENTITY")


class XmlRefused(ValueError):  # noqa: N818 - named by what happened
    """This is not read; the text says why."""


def parse(octets: bytes) -> ET.Element:
    """Return the root of a document.

    Raises:
        XmlRefused: it is too long, declares a document type, or is no XML.
    """
    if len(octets) > LONGEST:
        raise XmlRefused(f"longer than {LONGEST} bytes")
    text = octets.decode("utf-8-sig", errors="replace")
    if any(each in text for each in _DECLARATIONS):
        raise XmlRefused("declares a document type")
    try:
        # Text, not bytes: then no declaration of another encoding can hide what was just looked for.
        return ET.fromstring(text)  # noqa: S314 - no entity is left that could be expanded
    except ET.ParseError as error:
        raise XmlRefused(f"no XML: {error}") from None


def text_of(element: ET.Element, name: str, *, longest: int = 512) -> str:
    """Return the text of the first element of this local name within, "" when there is none."""
    for each in element.iter():
        if local_name(each) == name:
            return (each.text or "").strip()[:longest]
    return ""


def local_name(element: ET.Element) -> str:
    """Return an element's name without its namespace, which vendors write in several versions."""
    return str(element.tag).rpartition("}")[2]
