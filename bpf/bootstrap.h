/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * The record that bootstrap.bpf.c puts into the ring buffer. Both halves share this header: the BPF program
 * writes the struct, a C program reads it by including this file, and rawbpf reads it by the BTF that clang
 * made of it.
 */
#ifndef RAWBPF_BOOTSTRAP_H
#define RAWBPF_BOOTSTRAP_H

#include <stdbool.h>

/* TASK_COMM_LEN of the kernel: 15 bytes and a NUL. */
#define COMM_SIZE 16
/* 127 bytes and a NUL; what is longer is cut. */
#define FILENAME_SIZE 128

/* The names are what users see: a BTF decoder shows an enum's value by the name of its enumerator. */
enum event_kind {
	EXEC,
	EXIT,
};

/*
 * Ordered so that no member needs padding before it; the size is a multiple of 8, to which the ring buffer rounds
 * records up.
 */
struct event {
	/* EXIT: nanoseconds from the process's last exec to its end, if has_duration. */
	unsigned long long duration_ns;
	enum event_kind kind;
	/* Process ids (the kernel's tgid), as the initial pid namespace counts them. */
	int pid;
	int ppid;
	/* EXIT: what the process passed to exit(3), 0 to 255; 0 if a signal ended it. */
	unsigned short exit_code;
	/* EXIT: the signal that ended the process, or 0. */
	unsigned char signal;
	/* EXIT: the exec was seen. A duration of 0 ns and an unknown one are different things. */
	bool has_duration;
	char comm[COMM_SIZE];
	/* EXEC: the path as exec(2) was given it. */
	char filename[FILENAME_SIZE];
};

#endif
