"""Works out every feature of an export of flight-delay-2h from the landed files alone and compares each cell, exactly.

Shares nothing with Penstock: sorted times per entity and binary search, counts as integers, one IEEE division per rate.

    check_features.py LANDING EXPORT TRAINING_SET CUT MATURE ANSWER

CUT is the cut (ISO-8601) up to which files count, MATURE the last as-of that is asked. ANSWER gets one JSON document.
"""
import glob
import json
import sys

import numpy as np
import pandas as pd
from deltalake import DeltaTable

HOUR = 3600 * 10**6
DAY = 24 * HOUR


def landed(landing, source, cut):
    stamp = pd.Timestamp(cut).strftime("%Y%m%dT%H%M%SZ")
    files = [f for f in sorted(glob.glob(f"{landing}/{source}/landed=*/*.csv")) if f.split("landed=")[1][:16] <= stamp]
    kinds = {"tailnum": str, "carrier": str, "origin": str, "dest": str}
    frames = [pd.read_csv(f, na_values=["NA", ""], keep_default_na=False, dtype=kinds) for f in files]
    return pd.concat(frames, ignore_index=True)


def micros(column):
    instants = pd.to_datetime(column, utc=True).dt.tz_localize(None)
    return instants.astype("datetime64[us]").astype("int64").to_numpy()


def entity(frame, columns):
    key = frame[columns[0]].fillna("")
    for column in columns[1:]:
        key = key + "|" + frame[column].fillna("")
    return key.where(frame[columns].notna().all(axis=1)).to_numpy()


def positions(keys):
    found = {}
    for i, key in enumerate(keys):
        if isinstance(key, str):
            found.setdefault(key, []).append(i)
    return {key: np.array(at) for key, at in found.items()}


class Comparison:
    def __init__(self):
        self.cells, self.differing, self.first, self.known = 0, 0, [], {}

    def column(self, flights, name, actual, expected):
        wrong = np.flatnonzero(~((actual == expected) | (np.isnan(actual) & np.isnan(expected))))
        self.cells += len(actual)
        self.differing += len(wrong)
        self.known[name] = int(np.count_nonzero(~np.isnan(expected) & (expected != 0)))
        if len(wrong) and len(self.first) < 5:
            i = wrong[0]
            self.first.append([name, flights[i], repr(float(actual[i])), repr(float(expected[i]))])


def main(landing, export, training_set, cut, mature, answer):
    outcomes, spine = landed(landing, "outcomes", cut), landed(landing, "schedules", cut)
    weather, planes = landed(landing, "weather", cut), landed(landing, "planes", cut)
    outcomes["t"] = micros(outcomes.arrived)
    spine["t"] = micros(spine.scheduled_departure) - 2 * HOUR
    hour = pd.to_datetime(spine.time_hour, utc=True).dt.strftime("%Y%m%d%H")
    spine["flight_id"] = hour + "-" + spine.carrier + "-" + spine.flight.astype(str) + "-" + spine.origin
    # A schedule is known when it lands, at 06:00 of the New York day it is about
    day = pd.to_datetime(dict(year=spine.year, month=spine.month, day=spine.day), utc=True)
    spine["known"] = micros(day + pd.Timedelta(hours=6))
    spine = spine[(spine.known <= spine.t) & (spine.t <= micros(pd.Series([mature]))[0])]
    spine = spine.set_index("flight_id").sort_index()

    asked = pd.read_csv(export, dtype={"flight_id": str}).set_index("flight_id").sort_index()
    same_rows = list(asked.index) == list(spine.index)
    compare = Comparison()
    if same_rows:
        flights, q = list(spine.index), spine.t.to_numpy()
        delay = outcomes.arr_delay.to_numpy(dtype=float)
        late, present = (delay >= 15).astype(np.int64), (~np.isnan(delay)).astype(np.int64)
        for view, columns in {
            "carrier_delays": ["carrier"],
            "route_delays": ["origin", "dest"],
            "aircraft_delays": ["tailnum"],
            "origin_delays": ["origin"],
            "dest_delays": ["dest"],
        }.items():
            ended, asks = positions(entity(outcomes, columns)), positions(entity(spine, columns))
            for days in (1, 7, 30):
                rows, total, counted = (np.full(len(spine), np.nan) for _ in range(3))
                for key, at in asks.items():
                    which = ended.get(key, np.array([], dtype=np.int64))
                    which = which[np.argsort(outcomes.t.to_numpy()[which], kind="stable")]
                    times = outcomes.t.to_numpy()[which]
                    until = np.searchsorted(times, q[at], "right")
                    since = np.searchsorted(times, q[at] - days * DAY, "right")
                    lates = np.concatenate([[0], np.cumsum(late[which])])
                    all_present = np.concatenate([[0], np.cumsum(present[which])])
                    rows[at] = until - since
                    total[at] = lates[until] - lates[since]
                    counted[at] = all_present[until] - all_present[since]
                with np.errstate(all="ignore"):
                    rate = np.where(counted > 0, total / counted, np.nan)
                for name, expected in {
                    f"{view}_flights_{days}d": rows,
                    f"{view}_late_rate_{days}d": rate,
                    f"{view}_late_rate_{days}d_sum": total,
                    f"{view}_late_rate_{days}d_rows": counted,
                }.items():
                    compare.column(flights, name, asked[name].to_numpy(dtype=float), expected)
        weather["t"] = micros(weather.time_hour) + 51 * 60 * 10**6
        weather = weather[~(weather.wind_speed > 200)]  # the contract's bound; one such row in the year
        for name in ("temp", "humid", "wind_speed", "precip", "pressure", "visib"):
            expected = np.full(len(spine), np.nan)
            for origin in ("EWR", "JFK", "LGA"):
                there = weather[weather.origin == origin].sort_values("t", kind="stable")
                at = np.flatnonzero((spine.origin == origin).to_numpy())
                last = np.searchsorted(there.t.to_numpy(), q[at], "right") - 1
                fresh = (last >= 0) & (q[at] - there.t.to_numpy()[np.maximum(last, 0)] <= 6 * HOUR)
                expected[at] = np.where(fresh, there[name].to_numpy(dtype=float)[np.maximum(last, 0)], np.nan)
            name = f"origin_weather_{name}"
            compare.column(flights, name, asked[name].to_numpy(dtype=float), expected)
        register = planes.set_index("tailnum")
        for name in ("year", "engines", "seats"):
            expected = spine.tailnum.map(register[name]).to_numpy(dtype=float)
            name = f"aircraft_{name}"
            compare.column(flights, name, asked[name].to_numpy(dtype=float), expected)

    trained = DeltaTable(training_set).to_pandas().set_index("flight_id").sort_index()
    inputs = [name for name in trained.columns if name in compare.known]
    both = asked.loc[trained.index, inputs].to_numpy(dtype=float)
    stored = trained[inputs].to_numpy(dtype=float)
    unlike = int(np.count_nonzero(~((both == stored) | (np.isnan(both) & np.isnan(stored)))))
    with open(answer, "w", encoding="utf-8") as out:
        json.dump(
            {
                "rows": len(asked),
                "same_rows": same_rows,
                "cells": compare.cells,
                "differing": compare.differing,
                "first": compare.first,
                "known": compare.known,
                "trained_rows": len(trained),
                "trained_inputs": len(inputs),
                "trained_differing": unlike,
            },
            out,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
