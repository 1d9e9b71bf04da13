"""Polars beside the benchmark `select`. Prints one line for each question: nanoseconds (the median of five runs on one
thread, in the time of the processor) and rows."""

import os
import statistics
import sys
import time

# Read when the module is loaded.
os.environ["POLARS_MAX_THREADS"] = "1"
import polars as pl


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
    assert work == "select"
    people = pl.read_csv(file)
    for question in questions:
        condition = eval(question, {"pl": pl})
        query = people.lazy().filter(condition).select("person").sort("person")
        print(*median(lambda: query.collect().height))


if __name__ == "__main__":
    main()
