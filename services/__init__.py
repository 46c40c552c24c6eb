"""Knows and computes: campaigns, forecasts, budget plans, charts, snapshots, database.

The ground floor. It has not heard of Dash or Flask. Come in by the front door,
`services.analytics.Analytics`; these are the rooms behind it:

    analytics      the front door: what the page, the API and the commands ask
    remembering    the same door for web processes: answers from memory, also while PostgreSQL is away
    memory         what was read of the newest snapshots
    byte_cache     a cache bounded by bytes
    watching       the newest snapshot, known without asking
    campaigns      files and sample data -> rows
    forecasting    campaign days -> predictions with bands and scores
    budgeting      campaign days -> response curves -> budget plan
    insights       predictions and plan -> recommendations with their evidence
    dashboards     the four dashboards, one file each: table, rows, drawing, words
    charts         what the drawings share: style, numbers on axes, small PNGs
    runs           the queue and history of sync runs
    syncing        one sync run: collect, predict, plan, draw, save
    computing      what of it is plain computing
    crew           who does that: at once, or as told by these two
    processes      a crew of warm processes beside the worker
    cluster        a crew on a Dask cluster
    executing      work in parts, by a crew or here
    fingerprints   whether a run could find anything new
    snapshots      reading what a run has published
    ledger         forecasts kept until their days come, and how they turned out
    skill          how good the forecasts are, in words
    scheduling     when the next run is due
    database       engine, tables, migrations, embedded PostgreSQL
    text, views    the words and plain values that every floor may use
"""
