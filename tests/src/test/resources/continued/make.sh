#!/usr/bin/env bash
# Makes continued.tar.gz again: a warehouse of units 2024-03-02 to 2024-03-07 as commit a3dfe43 left it, one model trained,
# promoted and scored, with the landed files of one unit more. Called with the folder of a checkout of that commit that is
# built. The archive is not the same to the byte: manifests hold times.
#
#   make.sh CHECKOUT
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
penstock="$1/bin/penstock"
work="$(mktemp -d)"
trap '"$penstock" mlflow stop --work "$work" || true; rm -rf "$work"' EXIT

mkdir -p "$work/conf/env"
cp "$1/conf/reference.conf" "$work/conf/"
cp "$here/continued.conf" "$work/conf/"
for day in 02 03 04 05 06 07 08; do
    parcels="$work/landing/parcels/landed=202403${day}T060000Z"
    mkdir -p "$parcels"
    awk -v day="$day" 'BEGIN { split("north south west", d, " "); print "id,depot,weight,due"
        for (i = 0; i < 30; i++) printf "2024-03-%s-%d,%s,%.1f,2024-03-%sT12:00:00Z\n", day, i, d[i % 3 + 1], (i * 37 + day * 11) % 50, day
    }' > "$parcels/parcels.csv"
    [ "$day" = 02 ] && continue
    before="$(printf %02d $((10#$day - 1)))"
    arrivals="$work/landing/arrivals/landed=202403${day}T060000Z"
    mkdir -p "$arrivals"
    awk -v day="$before" 'BEGIN { split("north south west", d, " "); print "id,depot,arrived,delay"
        for (i = 0; i < 30; i++) printf "2024-03-%s-%d,%s,2024-03-%sT13:00:00Z,%.1f\n", day, i, d[i % 3 + 1], day, ((i * 37 + day * 11) % 50) / 2 + i % 3 * 5
    }' > "$arrivals/arrivals.csv"
done
: > "$work/conf/env/local.conf"

run() { "$penstock" "$@" --conf-dir "$work/conf" --work "$work"; }
run mlflow start
export MLFLOW_TRACKING_URI="http://127.0.0.1:$(sed -n 's/.*"port" *: *\([0-9]*\).*/\1/p' "$work/mlflow/server.json")"
run run continued --from 2024-03-02 --to 2024-03-05 --stage ingest,features
run run continued --from 2024-03-06 --to 2024-03-06
run run continued --unit 2024-03-07
find "$work/warehouse" -name '*.crc' -delete
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -czf "$here/continued.tar.gz" landing warehouse
