"""The database floor's cellar: engine, tables, migrations and the embedded PostgreSQL."""
