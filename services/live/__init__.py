"""What a web process keeps: cached views, the snapshot watcher, the status."""
