#!/bin/sh
# Rebuilds test/fixtures/check. The objects are in the repository, so that tests need no compiler. Wants clang-19,
# llvm-strip-19 and Debian's libbpf-dev.
set -eu
cd "$(dirname "$0")/../test/fixtures/check"
clang-19 -g -O2 -target bpf -mcpu=v3 -Wall -fdebug-compilation-dir=. \
	-idirafter "/usr/include/$(uname -m)-linux-gnu" -c newer_field.bpf.c -o newer_field.bpf.o
llvm-strip-19 -g newer_field.bpf.o
