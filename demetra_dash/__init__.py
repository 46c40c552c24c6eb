"""Starts and serves: settings, app factory, HTTP API, security, commands, worker."""
