"""The same selection with DuckDB's read_json: ECR's PutImage events of all files below a folder. Prints their number."""

import sys

import duckdb

folder, threads = sys.argv[1], int(sys.argv[2])
connection = duckdb.connect()
connection.execute(f"SET threads = {threads}")
# Only the fields that the selection needs are given types, which is the fastest that read_json does.
rows = connection.execute(
    f"""
    SELECT count(*), min(record.eventTime), max(record.eventTime)
    FROM (
        SELECT unnest(Records) AS record
        FROM read_json(
            '{folder}/**/*.json.gz',
            columns = {{Records: 'STRUCT(eventSource VARCHAR, eventName VARCHAR, eventTime VARCHAR, eventID VARCHAR)[]'}},
            format = 'unstructured', compression = 'gzip', maximum_object_size = 268435456
        )
    )
    WHERE record.eventSource IN ('ecr.amazonaws.com', 'ecr-public.amazonaws.com') AND record.eventName = 'PutImage'
    """
).fetchall()
print(rows[0][0])
