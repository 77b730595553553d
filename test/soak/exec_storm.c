/*
 * Starts processes, one after the other, for as many seconds as it is told, and prints how many there were. Each of them is this
 * program again, without an argument: it calls execve(2) once and ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	char *child_argv[] = {argv[0], NULL};
	char *child_envp[] = {NULL};
	unsigned long made = 0;
	double end;

	if (argc == 1)
		return 0;
	end = now() + atof(argv[1]);
	while (now() < end) {
		int status;
		pid_t pid = vfork();

		if (pid == 0) {
			execve(argv[0], child_argv, child_envp);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
			perror("exec_storm");
			return 1;
		}
		made++;
	}
	printf("%lu\n", made);
	return 0;
}
