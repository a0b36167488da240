"""Predicts rows with a registered model as a Python user would: raw rows by pyfunc, and encoded ones by the plain booster.

The booster's text becomes codes by the dictionaries in penstock.json, which lies beside the model. Knows nothing of Penstock.
Arguments: MLflow's address, the model's URI, a file of rows (JSON, numbers as text), the file for the answer (JSON).
"""

import json
import sys

import mlflow
import numpy
import pandas
import xgboost

server, uri, rows, answer = sys.argv[1:]
mlflow.set_tracking_uri(server)
folder = mlflow.artifacts.download_artifacts(uri)
with open(f"{folder}/penstock.json", encoding="utf-8") as file:
    spec = json.load(file)
with open(rows, encoding="utf-8") as file:
    given = json.load(file)


def value(feature, text):
    if text is None:
        return numpy.nan
    if feature in spec["dictionaries"]:
        known = spec["dictionaries"][feature]
        return float(known.index(text)) if text in known else numpy.nan
    return float(text)


names = spec["features"]
frame = pandas.DataFrame(
    [[value(name, row[name]) for name in names] for row in given], columns=names, dtype="float64"
)
raw = pandas.DataFrame(
    {
        name: [row[name] for row in given]
        if name in spec["dictionaries"]
        else [numpy.nan if row[name] is None else float(row[name]) for row in given]
        for name in names
    }
)
scores = mlflow.pyfunc.load_model(uri).predict(raw)
booster = xgboost.Booster(model_file=f"{folder}/model.ubj")
with numpy.errstate(over="ignore"):
    encoded = frame.to_numpy().astype("float32")
# The booster refuses all rows if a value of one is infinite
encoded[numpy.isinf(encoded)] = numpy.nan
plain = booster.predict(xgboost.DMatrix(encoded, missing=numpy.nan, feature_names=names))

refused = []
for wrong in (names[::-1], names[1:], [*names[:-1], "other"]):
    try:
        booster.predict(xgboost.DMatrix(numpy.zeros((1, len(wrong)), dtype="float32"), feature_names=wrong))
        refused.append(False)
    except ValueError:
        refused.append(True)

with open(answer, "w", encoding="utf-8") as file:
    json.dump(
        {
            "names": booster.feature_names,
            "pyfunc": [None if numpy.isnan(score) else float(score) for score in scores],
            "booster": [float(score) for score in plain],
            "refused": refused,
        },
        file,
    )
