// SPDX-License-Identifier: MIT
/*
 * Asks libbpf what it makes of an object without loading its programs. Every answer is lines of text on standard output.
 *
 *   libbpf_peer relocate BTF OBJECT       the instructions of each program, relocated for the kernel whose types are in BTF
 *   libbpf_peer sanitize OUT OBJECT N...  writes the types that libbpf loads into a kernel that refuses the features N
 *   libbpf_peer move BASE NEW MODULE OUT  writes a module's types, distilled from BASE and put on NEW
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static const char *const features[] = {
	"functions", "datasecs", "global functions", "floats", "declaration tags",
	"type tags", "enum64", "optional datasecs", "layout",
};

enum {
	FUNCTIONS, DATASECS, GLOBAL_FUNCTIONS, FLOATS, DECL_TAGS, TYPE_TAGS, ENUM64, OPTIONAL_DATASECS, LAYOUT,
};

static unsigned int lacking;
static void *taken;
static size_t taken_size;

/* Which of the features a type uses, as a bit. */
static unsigned int features_of(const struct btf *btf, const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_FUNC_PROTO:
		return 1 << FUNCTIONS;
	case BTF_KIND_FUNC:
		return 1 << FUNCTIONS | (btf_vlen(type) ? 1 << GLOBAL_FUNCTIONS : 0);
	case BTF_KIND_VAR:
		return 1 << DATASECS;
	case BTF_KIND_DATASEC:
		return 1 << DATASECS |
		       (*btf__name_by_offset(btf, type->name_off) == '?' ? 1 << OPTIONAL_DATASECS : 0);
	case BTF_KIND_FLOAT:
		return 1 << FLOATS;
	case BTF_KIND_DECL_TAG:
		return 1 << DECL_TAGS;
	case BTF_KIND_TYPE_TAG:
		return 1 << TYPE_TAGS;
	case BTF_KIND_ENUM:
		return btf_kflag(type) ? 1 << ENUM64 : 0;
	case BTF_KIND_ENUM64:
		return 1 << ENUM64;
	}
	return 0;
}

static unsigned int features_in(const void *data, size_t size)
{
	struct btf *btf = btf__new(data, size);
	unsigned int found = 0;

	if (!btf)
		return 0;
	for (unsigned int id = 1; id < btf__type_cnt(btf); id++)
		found |= features_of(btf, btf__type_by_id(btf, id));
	btf__free(btf);
	return found;
}

/* libbpf's way to bpf(2), in place of the C library's. The largest BTF that goes through is the object's, not a probe's. */
long syscall(long number, ...)
{
	long (*real)(long, ...) = dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_bpf && a[0] == BPF_BTF_LOAD) {
		const union bpf_attr *attr = (const void *)a[1];
		const void *data = (const void *)(unsigned long)attr->btf;

		if (features_in(data, attr->btf_size) & lacking) {
			errno = EINVAL;
			return -1;
		}
		if (attr->btf_size > taken_size) {
			free(taken);
			taken_size = attr->btf_size;
			taken = memcpy(malloc(taken_size), data, taken_size);
		}
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		return 1;
	return 0;
}

static struct bpf_object *prepare(const char *path, const char *target)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = target);
	struct bpf_object *object = bpf_object__open_file(path, &options);

	if (!object || bpf_object__prepare(object))
		exit(2);
	return object;
}

static int relocate(const char *target, const char *path)
{
	struct bpf_object *object = prepare(path, target);
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		const unsigned char *bytes = (const void *)bpf_program__insns(program);

		if (!bpf_program__autoload(program))
			continue;
		printf("%s ", bpf_program__name(program));
		for (size_t i = 0; i < bpf_program__insn_cnt(program) * 8; i++)
			printf("%02x", bytes[i]);
		putchar('\n');
	}
	return 0;
}

static int sanitize(const char *out, const char *path, char **names)
{
	for (; *names; names++) {
		for (unsigned int i = 0; i < sizeof(features) / sizeof(*features); i++) {
			if (strcmp(*names, features[i]) == 0)
				lacking |= 1u << i;
		}
	}
	prepare(path, NULL);
	return write_file(out, taken, taken_size);
}

static int move(const char *base_path, const char *new_path, const char *module_path, const char *out)
{
	struct btf *base = btf__parse(base_path, NULL);
	struct btf *target = btf__parse(new_path, NULL);
	struct btf *module = btf__parse_split(module_path, base);
	struct btf *distilled_base, *distilled;
	char name[4096];
	const void *data;
	__u32 size;

	if (!base || !target || !module || btf__distill_base(module, &distilled_base, &distilled))
		return 2;
	data = btf__raw_data(distilled_base, &size);
	snprintf(name, sizeof(name), "%s.base", out);
	if (write_file(name, data, size))
		return 1;
	data = btf__raw_data(distilled, &size);
	snprintf(name, sizeof(name), "%s.split", out);
	if (write_file(name, data, size))
		return 1;
	/* A new one, because btf__raw_data() would give again what it gave before. */
	distilled = btf__new_split(data, size, distilled_base);
	if (!distilled || btf__relocate(distilled, target))
		return 3;
	data = btf__raw_data(distilled, &size);
	return write_file(out, data, size);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "relocate") == 0)
		return relocate(argv[2], argv[3]);
	if (argc >= 4 && strcmp(argv[1], "sanitize") == 0)
		return sanitize(argv[2], argv[3], argv + 4);
	if (argc == 6 && strcmp(argv[1], "move") == 0)
		return move(argv[2], argv[3], argv[4], argv[5]);
	return 1;
}
