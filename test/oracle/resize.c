// SPDX-License-Identifier: MIT
/*
 * resize OBJECT PROGRAMS MAPS NAME=SIZE...: loads an object with libbpf as `bpftool prog loadall OBJECT PROGRAMS pinmaps
 * MAPS` does, after giving maps other value sizes, which bpftool cannot. The maps are called as libbpf's users call them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: resize OBJECT PROGRAMS MAPS NAME=SIZE...\n");
		return 2;
	}
	struct bpf_object *object = bpf_object__open(argv[1]);
	if (!object)
		return fail("open");
	for (int i = 4; i < argc; i++) {
		char *size = strchr(argv[i], '=');
		if (!size)
			return 2;
		*size = 0;
		struct bpf_map *map = bpf_object__find_map_by_name(object, argv[i]);
		if (!map || bpf_map__set_value_size(map, strtoul(size + 1, NULL, 0)))
			return fail(argv[i]);
	}
	if (bpf_object__load(object))
		return fail("load");
	if (bpf_object__pin_maps(object, argv[3]) || bpf_object__pin_programs(object, argv[2]))
		return fail("pin");
	bpf_object__close(object);
	return 0;
}
