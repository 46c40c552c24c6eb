"""Entry points: settings, app factory, HTTP API, security, commands, worker."""
