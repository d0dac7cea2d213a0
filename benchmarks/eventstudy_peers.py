"""Seconds an event of the packages in requirements-eventstudy.txt, on the files of one folder.

Called by eventstudy_bench.py with the interpreter that has them: they need numpy below 2. Reading
the returns is not counted. Prints one line of JSON.
"""

import json
import sys
import time

import numpy as np
import pandas as pd


def eventstudy_package(folder, events):
    import eventstudy as es

    es.Single.import_returns(f"{folder}/returns.csv")
    start = time.perf_counter()
    sample = [es.Single.market_model(security_ticker=s, market_ticker="MKT", event_date=d,
                                     event_window=(-1, 1), estimation_size=250, buffer_size=20)
              for s, d in events]
    es.Multiple(sample)
    return time.perf_counter() - start


def ffjr_package(folder, events):
    from eventstudies import MultipleEvents, SingleEvent

    SingleEvent.import_returns(dataframe=pd.read_csv(f"{folder}/returns.csv"))
    start = time.perf_counter()
    sample = [SingleEvent.MarketModel(ticker=s, mkt_idx="MKT", event_date=d, event_window=(-1, 1),
                                      est_size=250, buffer_size=20) for s, d in events]
    MultipleEvents(sample)
    return time.perf_counter() - start


def main():
    folder = sys.argv[1]
    frame = pd.read_csv(f"{folder}/events.csv", parse_dates=["date"])
    events = [(s, np.datetime64(d)) for s, d in zip(frame["security"], frame["date"], strict=True)]
    found = {}
    for name, run in [("eventstudy 0.1a12", eventstudy_package),
                      ("ffjr-eventstudies 0.2.0", ffjr_package)]:
        run(folder, events[:5])
        found[name] = run(folder, events) / len(events)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
