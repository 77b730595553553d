// SPDX-License-Identifier: MIT
/*
 * libbpf's side of the benchmark of CO-RE relocations: how long it takes from before an object is opened until all its
 * programs are relocated.
 *
 *     core types NAME...                 prints the C definitions of these structs, unions and enums of the running kernel
 *     core instructions OBJECT           prints each program's name and its relocated instructions, in hexadecimal
 *     core relocate OBJECT OBJECTS       opens and relocates it OBJECTS times, and prints the nanoseconds of each as JSON
 *
 * libbpf has no call that relocates and does not load. But bpf_object__load() relocates all programs before it loads the
 * first of them, and calls prog_prepare_load_fn right before that load: the clock stops there, and the load is given up.
 * What bpf_object__load() asks the kernel before (is loading allowed, which features are there, take the object's BTF)
 * goes through syscall(3), which this program defines itself: the time that bpf(2) takes is added up and taken out.
 *
 * libbpf reads the kernel's BTF with one fread(3), which becomes a read(2) for every page of it. That time is in
 * open_to_relocated_ns, since rawbpf has to get at the BTF too, and printed as btf_read_ns.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

static struct {
	unsigned long long relocated_ns;
	unsigned long long bpf_ns;
	unsigned long long btf_read_ns;
} clocked;

static unsigned long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* x86-64 and arm64 return the negative errno; the C library's function would be this one. */
static long raw_syscall(long number, long a, long b, long c)
{
	long result;
#if defined(__x86_64__)
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	result = x0;
#else
#error "raw_syscall() knows x86-64 and arm64"
#endif
	return result;
}

/* Stands before the C library's: libbpf issues bpf(2) with three arguments through it. */
long syscall(long number, ...)
{
	unsigned long long before = monotonic_ns();
	va_list arguments;
	long a, b, c, result;

	va_start(arguments, number);
	a = va_arg(arguments, long);
	b = va_arg(arguments, long);
	c = va_arg(arguments, long);
	va_end(arguments);
	result = raw_syscall(number, a, b, c);
	if (number == SYS_bpf)
		clocked.bpf_ns += monotonic_ns() - before;
	if (result >= 0 || result < -4095)
		return result;
	errno = -result;
	return -1;
}

/* Stands before the C library's too. Of this process, only libbpf calls it, and only to read BTF. */
size_t fread(void *to, size_t size, size_t count, FILE *file)
{
	static size_t (*libc_fread)(void *, size_t, size_t, FILE *);
	unsigned long long before;
	size_t result;

	if (!libc_fread)
		*(void **)&libc_fread = dlsym(RTLD_NEXT, "fread");
	before = monotonic_ns();
	result = libc_fread(to, size, count, file);
	clocked.btf_read_ns += monotonic_ns() - before;
	return result;
}

/* Every program is relocated by now. The error keeps libbpf from loading this one. */
static int stop_before_load(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie)
{
	(void)program;
	(void)options;
	(void)cookie;
	clocked.relocated_ns = monotonic_ns();
	return -ECANCELED;
}

static int no_log(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* The object with its programs relocated; NULL with errno where it did not get that far. */
static struct bpf_object *relocate(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	int error;

	if (!object)
		return NULL;
	clocked.relocated_ns = 0;
	error = bpf_object__load(object);
	if (clocked.relocated_ns)
		return object;
	bpf_object__close(object);
	errno = error ? -error : ENOENT;
	return NULL;
}

static int print_instructions(const char *path)
{
	struct bpf_object *object = relocate(path);
	struct bpf_program *program;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object) {
		const unsigned char *bytes = (const void *)bpf_program__insns(program);
		size_t size = bpf_program__insn_cnt(program) * sizeof(struct bpf_insn);

		printf("%s ", bpf_program__name(program));
		for (size_t at = 0; at < size; at++)
			printf("%02x", bytes[at]);
		printf("\n");
	}
	bpf_object__close(object);
	return 0;
}

static void print_numbers(const char *name, const unsigned long long *numbers, int count)
{
	printf("\"%s\":[", name);
	for (int index = 0; index < count; index++)
		printf("%s%llu", index ? "," : "", numbers[index]);
	printf("]");
}

enum { MAX_OBJECTS = 1000 };

static int time_relocation(const char *path, int objects)
{
	static unsigned long long open_to_relocated_ns[MAX_OBJECTS], btf_read_ns[MAX_OBJECTS];

	if (objects < 1 || objects > MAX_OBJECTS)
		return -EINVAL;
	for (int index = 0; index < objects; index++) {
		unsigned long long before = monotonic_ns();
		struct bpf_object *object;

		clocked.bpf_ns = clocked.btf_read_ns = 0;
		object = relocate(path);
		if (!object)
			return -errno;
		open_to_relocated_ns[index] = clocked.relocated_ns - before - clocked.bpf_ns;
		btf_read_ns[index] = clocked.btf_read_ns;
		bpf_object__close(object);
	}
	printf("{");
	print_numbers("open_to_relocated_ns", open_to_relocated_ns, objects);
	printf(",");
	print_numbers("btf_read_ns", btf_read_ns, objects);
	printf("}\n");
	return 0;
}

static void print(void *context, const char *format, va_list arguments)
{
	(void)context;
	vprintf(format, arguments);
}

static int find_type(const struct btf *btf, const char *name)
{
	static const int kinds[] = { BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ENUM, BTF_KIND_ENUM64 };
	int id = -ENOENT;

	for (size_t index = 0; id < 0 && index < sizeof(kinds) / sizeof(kinds[0]); index++)
		id = btf__find_by_name_kind(btf, name, kinds[index]);
	return id;
}

static int print_types(int count, char **names)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct btf_dump *dump = btf ? btf_dump__new(btf, print, NULL, NULL) : NULL;
	int error = dump ? 0 : -errno;

	for (int index = 0; !error && index < count; index++) {
		int id = find_type(btf, names[index]);

		error = id < 0 ? id : btf_dump__dump_type(dump, id);
	}
	btf_dump__free(dump);
	btf__free(btf);
	return error;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, handler, .prog_prepare_load_fn = stop_before_load);
	int error = -EINVAL;

	libbpf_set_print(no_log);
	/* For the sections of core_source.ts, in place of libbpf's own entry. */
	libbpf_register_prog_handler("raw_tp+", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, &handler);
	if (argc > 2 && !strcmp(argv[1], "types"))
		error = print_types(argc - 2, argv + 2);
	else if (argc == 3 && !strcmp(argv[1], "instructions"))
		error = print_instructions(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "relocate"))
		error = time_relocation(argv[2], atoi(argv[3]));
	if (!error)
		return 0;
	fprintf(stderr, "core: %s\n", error == -EINVAL ? "usage: core types|instructions|relocate ..." : strerror(-error));
	return 1;
}
