"""Engine, tables, migrations and the embedded PostgreSQL.

engine      connections, transactions, PostgreSQL's errors as Demetra's error classes
address     database addresses
redaction   server addresses without their secrets
timeouts    waits that can be interrupted
health      the health check that all threads share
tables      the tables; schema: migrations
embedded    the PostgreSQL server that Demetra includes
"""
