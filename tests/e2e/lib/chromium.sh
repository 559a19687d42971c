#!/usr/bin/env bash
# Chromium as visitors have it: Playwright switches off the partitioning of storage, which denies it to frames of other
# sites altogether. Everything else of its command line stays.
exec "${CONFAB_CHROMIUM:-/usr/bin/chromium}" "${@//ThirdPartyStoragePartitioning/}"
