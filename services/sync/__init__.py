"""One sync run: its queue, its steps, its publication.

queue         enqueue, claim, finish; the history of runs
run           one run from its claim to its end, under the sync lock
progress      the stage of a run, and how long each took
pipeline      collect, predict, plan, draw and save, in one transaction
preparing     the days and the account that a run computes with
collect       campaign days and segments of one moment
loading       the pipeline, imported after the claim
steps         the computations of a run as plain functions, for any process
options       the settings of a run
fingerprint   whether a run could find anything new
slots         when the next scheduled run is due
status        the sync status of one moment
restarts      how often the worker process ended, for the status
"""
