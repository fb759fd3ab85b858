"""The services of this room, put together."""

from collections.abc import Callable
from datetime import datetime

from sync.cloud.database.database import Database
from sync.cloud.gateways import utc_now
from sync.cloud.operators.accounts import Accounts
from sync.cloud.operators.login import Login
from sync.cloud.operators.sessions import Sessions
from sync.cloud.operators.tokens import Tokens


class Operators:
    """Who may look after the fleet.

    Args:
        database: where they are kept.
        secure: whether browsers reach the service by https alone; decides the cookie's name and flags.
        clock: the service's.
    """

    def __init__(self, database: Database, *, secure: bool, clock: Callable[[], datetime] = utc_now) -> None:
        self.secure = secure
        self.accounts = Accounts(database, clock=clock)
        self.sessions = Sessions(database, clock=clock)
        self.tokens = Tokens(database, clock=clock)
        self.login = Login(self.accounts, self.sessions)
