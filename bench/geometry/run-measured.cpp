// run-measured REPORT COMMAND ARGUMENT…: runs a command and writes what it took to the file REPORT:
// wall and CPU seconds (user + system), peak resident KiB, exit code.
// A program of its own because a child's peak begins with that of the process it was forked from: this one is small.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

static double seconds(const timeval &t) { return t.tv_sec + t.tv_usec / 1e6; }

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const auto begun = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0;
  rusage used;
  if (wait4(child, &status, 0, &used) != child) return 2;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  FILE *report = fopen(argv[1], "w");
  if (!report) return 2;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  fprintf(report, "%.6f %.6f %ld %d\n", wall.count(), seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss, code);
  return fclose(report) == 0 ? 0 : 2;
}
