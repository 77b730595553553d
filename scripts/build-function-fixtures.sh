#!/bin/sh
# Rebuilds test/fixtures/functions: each source with two compilers, and the two weak_*.bpf.c linked into one object. The
# objects are in the repository, so that tests need no compiler. Wants clang-14, clang-19, llvm-strip-19, bpftool and
# Debian's libbpf-dev.
set -eu
cd "$(dirname "$0")/../test/fixtures/functions"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# build COMPILER SOURCE OBJECT
build() {
	"$1" -g -O2 -target bpf -mcpu=v3 -Wall -fdebug-compilation-dir=. \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$2.bpf.c" -o "$3"
	llvm-strip-19 -g "$3"
}

for version in 14 19; do
	mkdir -p "clang$version"
	for source in calls callbacks sections exceptions; do
		build "clang-$version" "$source" "clang$version/$source.bpf.o"
	done
	for source in weak_default weak_override; do
		build "clang-$version" "$source" "$folder/$source.bpf.o"
	done
	bpftool gen object "clang$version/weak.bpf.o" "$folder/weak_default.bpf.o" "$folder/weak_override.bpf.o"
done
