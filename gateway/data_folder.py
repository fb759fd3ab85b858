"""Every name in the data folder: what it is, whether a backup takes it, whether it holds secrets.

A backup takes what is marked and nothing else, diagnostics mask what the secret ones hold, and a factory
reset removes the whole folder. A room that keeps a file of its own has a line here; a test demands it.
"""

from dataclasses import dataclass
from typing import Final

from gateway import log_file
from gateway.store.tables import FILE_NAME


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder.

    Attributes:
        name: in the data folder; one that ends with a star stands for all names that begin so.
        about: what it is.
        backup: whether a backup takes it as it is.
        secret: whether it holds secrets and nothing else.
    """

    name: str
    about: str
    backup: bool = False
    secret: bool = False


ENTRIES: Final = (
    Entry(FILE_NAME, "The store. A backup has a copy that SQLite itself makes."),
    Entry(f"{FILE_NAME}-*", "What SQLite keeps beside an open file."),
    Entry(f"{FILE_NAME}.lock", "Whose folder this is."),
    Entry(f"{FILE_NAME}.corrupt.*", "A damaged store that was set aside."),
    Entry(
        "pseudonym.key",
        "Makes the pseudonyms; with another one members are strangers.",
        backup=True,
        secret=True,
    ),
    Entry("models", "What the box looks and plans with, the gym's own included.", backup=True),
    Entry("config", "What was changed on the box, and what the cloud desires."),
    Entry("secrets", "Passwords of broker and cameras, a file each.", backup=True, secret=True),
    Entry("authorities", "Certificates of authorities that the box trusts, a file each.", backup=True),
    Entry("identity", "Certificate and key of this very box; another box enrols anew.", secret=True),
    Entry("setup-code", "For the first operator, once.", secret=True),
    Entry("broker", "The built-in broker's files; it makes its login anew.", secret=True),
    Entry(log_file.FOLDER, "The end of the program's log."),
    Entry("cloud", "Data of a cloud service that runs here, as in the demo."),
    Entry("profiles", "The gym's own profiles of devices, when they lie here.", backup=True),
    Entry(".restore", "A restore under way."),
    Entry(".factory-reset", "Everything here is to be erased at the next start."),
)
SECRET: Final = tuple(each.name for each in ENTRIES if each.secret)
IN_BACKUPS: Final = tuple(each.name for each in ENTRIES if each.backup)
LOCAL_CONFIG: Final = "config/local.json"
"""Of the configuration a backup takes what was changed on the box; the cloud says its part again."""


def entry_of(name: str) -> Entry | None:
    """Return what a name in the data folder is; None for one that nobody has said anything about."""
    for each in ENTRIES:
        if each.name == name or (each.name.endswith("*") and name.startswith(each.name[:-1])):
            return each
    return None
