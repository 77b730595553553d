#!/bin/sh
# Rebuilds test/fixtures/btf from kinds.bpf.c: the .BTF and .BTF.ext sections that two compilers write for it, for both
# endiannesses, and the golden texts of the BTF, which bpftool writes. They are all in the repository, so that tests need
# neither clang nor bpftool. Wants clang-14, clang-19, llvm-objcopy-19 and bpftool.
set -eu
cd "$(dirname "$0")/../test/fixtures/btf"
object=$(mktemp)
trap 'rm -f "$object"' EXIT

build() {
	"$1" -g -O2 -target "$2" -fdebug-compilation-dir=. -c kinds.bpf.c -o "$object"
	llvm-objcopy-19 --dump-section .BTF="$3.btf" --dump-section .BTF.ext="$3.btf_ext" "$object" /dev/null
	bpftool btf dump file "$object" format raw >"$3.golden.txt"
}

build clang-14 bpfel clang14
build clang-19 bpfel clang19
build clang-19 bpfeb clang19-big
