"""Runs the migrations on the connection that `services.database.schema` hands over."""

from alembic import context

from services.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
