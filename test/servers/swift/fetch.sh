#!/usr/bin/env bash
# OpenStack Swift from Debian 12's packages, unpacked into a folder: nothing is installed and no root is needed.
# Usage: fetch.sh FOLDER; then REELBURST_TEST_SWIFT=FOLDER npm test -- test/servers
set -euo pipefail
folder=$(realpath -m "$1")
mkdir -p "$folder/debs"
cd "$folder/debs"
apt-get download swift python3-swift liberasurecode1 \
  python3-certifi python3-chardet python3-charset-normalizer python3-cffi python3-dateutil python3-debtcollector \
  python3-dnspython python3-eventlet python3-greenlet python3-idna python3-importlib-metadata python3-iso8601 \
  python3-lxml python3-more-itertools python3-msgpack python3-netaddr python3-netifaces python3-oslo.config \
  python3-oslo.context python3-oslo.i18n python3-oslo.log python3-oslo.serialization python3-oslo.utils \
  python3-packaging python3-paste python3-pastedeploy python3-pastedeploy-tpl python3-pastescript python3-pbr \
  python3-ply python3-pycparser python3-pyeclib python3-pyinotify python3-requests python3-rfc3986 python3-stevedore \
  python3-tempita python3-tz python3-urllib3 python3-wrapt python3-xattr python3-zipp
for package in *.deb; do dpkg -x "$package" "$folder"; done
rm -r "$folder/debs"
