"""Scores the rows of a scoring table as raw values with the champion, by pyfunc, and compares with the scores table.

Arguments: MLflow's address, the registered model, the pipeline's folder in the warehouse, the model's table, the key column,
the file for the answer (JSON). Knows nothing of Penstock.
"""

import json
import math
import sys

import mlflow
import numpy
from deltalake import DeltaTable

server, name, tables, table, key, answer = sys.argv[1:]
mlflow.set_tracking_uri(server)
files = mlflow.artifacts.download_artifacts(f"models:/{name}@champion", dst_path=f"{answer}.model")
model = mlflow.pyfunc.load_model(files)
with open(f"{files}/penstock.json", encoding="utf-8") as file:
    dictionaries = json.load(file)["dictionaries"]

given = DeltaTable(f"{tables}/scoring/{table}").to_pandas()
scores = DeltaTable(f"{tables}/scores/{table}").to_pandas()
both = scores.merge(given, on=[key, "unit"], suffixes=("", "_given"))
inputs = both[model.metadata.get_input_schema().input_names()].astype("float64")
for column, values in dictionaries.items():
    inputs[column] = [None if math.isnan(code) else values[int(code)] for code in inputs[column]]
predicted = model.predict(inputs).astype("float32")
published = both["score"].to_numpy().astype("float32")

with open(answer, "w", encoding="utf-8") as file:
    json.dump(
        {
            "rows": len(both),
            "flavours": sorted(model.metadata.flavors),
            "categories": sorted(dictionaries),
            # Neighbouring floats have neighbouring bits
            "units_in_the_last_place": int(abs(predicted.view("int32") - published.view("int32")).max()),
        },
        file,
    )
