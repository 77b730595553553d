#!/bin/sh
# Rebuilds test/fixtures/rejections: programs that the verifier refuses, one object for each kind of rejection that C comes
# to. The objects are in the repository, so that tests need no compiler. Wants clang-19, llvm-strip-19 and Debian's
# libbpf-dev.
set -eu
cd "$(dirname "$0")/../test/fixtures/rejections"
for source in *.bpf.c; do
	clang-19 -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -fdebug-compilation-dir=. \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "${source%.c}.o"
	llvm-strip-19 -g "${source%.c}.o"
done
