#!/bin/sh
# Rebuilds test/fixtures/executable: a program, the same as a position-independent one, and a library, for x86-64 and arm64,
# without a C library. They are in the repository, so that tests need no compiler. Wants Debian's gcc, gcc-aarch64-linux-gnu
# and systemtap-sdt-dev.
set -eu
cd "$(dirname "$0")/../test/fixtures/executable"
headers=$(mktemp -d)
trap 'rm -rf "$headers"' EXIT
# These headers are the same on every architecture, and lie in a folder of one.
mkdir "$headers/sys"
dpkg -L systemtap-sdt-dev | grep '/sys/sdt.*\.h$' | xargs -I{} cp {} "$headers/sys/"

# build ARCHITECTURE COMPILER-PREFIX
build() {
	flags="-O2 -Wall -Wextra -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none"
	[ "$1" = x64 ] || flags=$(echo "$flags" | sed 's/ -fcf-protection=none//')
	flags="$flags -nostdlib -I$headers -Wl,--build-id=sha1 -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096"
	# shellcheck disable=SC2086 # the flags are words
	{
		"$2gcc" $flags -static -fno-pie -no-pie probes.c guarded.c -o "probes.$1"
		"$2gcc" $flags -static-pie -fPIE probes.c guarded.c -o "probes-pie.$1"
		"$2gcc" $flags -shared -fPIC -DFIXTURE_LIBRARY -Wl,-Bsymbolic -Wl,--version-script=libprobes.map \
			probes.c guarded.c -o "libprobes.$1.so"
		# The library as distributions ship it, and what they ship apart from it.
		"$2objcopy" --only-keep-debug "libprobes.$1.so" "libprobes-stripped.$1.so.debug"
		"$2strip" --strip-all -o "libprobes-stripped.$1.so" "libprobes.$1.so"
		"$2objcopy" --add-gnu-debuglink="libprobes-stripped.$1.so.debug" "libprobes-stripped.$1.so"
	}
}

build x64 x86_64-linux-gnu-
build arm64 aarch64-linux-gnu-
