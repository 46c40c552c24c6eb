"""The newest snapshots in the memory of a web process, available also while PostgreSQL is down.

cached_analytics   the facade with a read-through cache
view_cache         views of the newest snapshots, least recently used evicted first
snapshot_watcher   the thread that notices new snapshots
status_cache       the sync status, refreshed in the background
byte_cache         a cache bounded by bytes
"""
