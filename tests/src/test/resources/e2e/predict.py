"""Predicts rows with a registered model as a Python user would: pyfunc, and the plain booster of the same files.

Text becomes codes by the dictionaries in penstock.json, which lies beside the model. Knows nothing of Penstock.
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
pyfunc = mlflow.pyfunc.load_model(uri)
booster = xgboost.Booster(model_file=f"{folder}/model.ubj")
plain = booster.predict(xgboost.DMatrix(frame.astype("float32"), missing=numpy.nan))

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
            "pyfunc": [float(score) for score in pyfunc.predict(frame)],
            "booster": [float(score) for score in plain],
            "refused": refused,
        },
        file,
    )
