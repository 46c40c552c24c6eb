"""Domain and infrastructure: campaigns, forecasts, budget plans, charts, snapshots, database.

Never imports Dash or Flask. Page, API and commands use one facade, `analytics.Analytics`. A package imports
only packages below it in this list; import contracts in pyproject.toml hold that.

    live           what a web process keeps: cached views, the snapshot watcher, the status
    analytics      the facade: what page, API and commands read and request
    sync           one sync run: its queue, its steps, its publication
    snapshots      reading and writing what runs publish; the ledger of recorded forecasts
    dashboards     the four dashboards, one file each: table, rows, drawing, words
    insights       predictions and plan -> recommendations with their evidence
    budgeting      campaign days -> response curves -> budget plan
    forecasting    campaign days -> predictions with intervals and scores
    intake         campaign files and sample data -> rows of `campaigns`
    charts         what the drawings share: style, numbers on axes, small PNGs
    executors      where computing happens: in this process, a process pool, a Dask cluster
    database       engine, tables, migrations, embedded PostgreSQL
    text, views, errors, skill, formulas, numerics, atomic_files
                   vocabulary and helpers that every package may import
"""
