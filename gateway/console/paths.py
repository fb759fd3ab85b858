"""Where the console stands."""

from typing import Final

ROOT: Final = "/console"
