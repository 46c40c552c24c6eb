"""Where calls are computed: in this process, in a pool of processes, on a Dask cluster.

base           the `Executor`, its deadline, its errors, the inline executor
process_pool   a pool of warm processes, started by the worker process
dask_cluster   a Dask cluster, with a local executor to fall back on
"""
