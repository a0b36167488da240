#!/usr/bin/env bash
# Becomes a host of its own: run in a network, mount and host name space of its own, it takes a name, sees private folders
# where the machine's temporary files are, and of those only what hosts of a cluster share.
#   host.sh NAME HOSTS HIDDEN… -- SHARED… -- COMMAND…
set -euo pipefail
name="$1" hosts="$2"
shift 2
hidden=() shared=()
while [ "$1" != -- ]; do hidden+=("$1") && shift; done
shift
while [ "$1" != -- ]; do shared+=("$1") && shift; done
shift

hostname "$name"
mount --make-rprivate /
mount --bind "$hosts" /etc/hosts
mount -t tmpfs tmpfs /mnt
for i in "${!shared[@]}"; do
    mkdir "/mnt/$i"
    mount --bind "${shared[i]}" "/mnt/$i"
done
for folder in "${hidden[@]}"; do mount -t tmpfs tmpfs "$folder"; done
for i in "${!shared[@]}"; do
    mkdir -p "${shared[i]}"
    mount --bind "/mnt/$i" "${shared[i]}"
done
cd /
exec "$@"
