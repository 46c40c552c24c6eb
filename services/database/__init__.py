"""Engine, tables, migrations and the embedded PostgreSQL.

engine      connections, transactions, PostgreSQL's errors as ours
address     database addresses
redaction   addresses of servers without their secrets
timeouts    waits that can be interrupted
health      the health check that all threads share
tables      the tables; schema: migrations
embedded    the PostgreSQL that Demetra brings along
"""
