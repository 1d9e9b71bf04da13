"""DuckDB beside the benchmarks `select` and `load`. Prints one line for each question: nanoseconds (the median of five
runs on one thread, in the time of the processor) and rows."""

import statistics
import sys
import time

import duckdb


def median(work):
    """The median time of five runs in nanoseconds, and the last answer."""
    times = []
    answer = None
    for _ in range(5):
        start = time.process_time_ns()
        answer = work()
        times.append(time.process_time_ns() - start)
    return int(statistics.median(times)), answer


def main():
    work, file, *questions = sys.argv[1:]
    db = duckdb.connect(":memory:", config={"threads": 1})
    if work == "select":
        db.execute(f"create table people as select * from read_csv('{file}')")
        for question in questions:
            query = f"create or replace table answer as select person from people where {question} order by person"
            print(*median(lambda: db.execute(query).fetchone()[0]))
    else:
        reader = "read_csv" if file.endswith(".csv") else "read_json"

        def load():
            db.execute(f"create or replace table people as select * from {reader}('{file}')")
            return db.execute("select count(*) from people").fetchone()[0]

        print(*median(load))


if __name__ == "__main__":
    main()
