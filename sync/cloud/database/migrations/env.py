"""What alembic runs: the missing steps, on the connection and in the transaction of `upgrade`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
