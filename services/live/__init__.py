"""The newest snapshots in the memory of a web process, available also while PostgreSQL is down.

live_data          bundles of the newest snapshots, and the sync status
snapshot_watcher   the thread that notices new snapshots
status_cache       the sync status, refreshed in the background
part_cache         parts that were read on demand
byte_cache         a cache bounded by bytes
"""
