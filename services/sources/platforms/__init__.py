"""What the readers of advertising platforms share: Google Ads, Meta, TikTok and Yandex Direct.

Each of them declares a `Platform`: how its account and its daily rows by campaign are asked for, and what its
errors mean. The modules:

    spec         a platform, its account, days and rows
    session      requests with credentials, repeated within the deadline of the fetch
    answers      figures and texts in the answers of a platform
    days         which months are to be read, and in which requests
    files        one CSV file of rows for each month, and its version
    reading      the reading of a source: account, months, files
    options      options that all platforms have
    declaring    a platform as a type of source
    failures     sentences for the admin on what a platform has refused
"""
