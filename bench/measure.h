/* What the C programs of this folder share with one another, and with numcomp's
 * internal/bench: the clock, how many rounds are played, and the row of a table. */
#define _GNU_SOURCE /* for madvise */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { MIN_ROUNDS = 5, MAX_ROUNDS = 200000 };

/* How long a size is measured: all that follow the program's own arguments. */
struct effort {
  double seconds; /* for the measured rounds together */
  long rounds;    /* exactly so many; 0: by seconds */
  double warm_up; /* seconds of rounds before them */
};

static struct effort effort_of(int argc, char **argv, int first) {
  struct effort e = {0.2, 0, 0.02};
  if (argc > first) e.seconds = atof(argv[first]);
  if (argc > first + 1) e.rounds = atol(argv[first + 1]);
  if (argc > first + 2) e.warm_up = atof(argv[first + 2]);
  return e;
}

/* Seconds by CLOCK_MONOTONIC, which is one clock for all processes of a machine. */
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Collective, as Effort.conduct: plays batches of 2, 4, 8 ... rounds until the
 * warm-up is over, then the measured ones. Returns how many those were. */
static long conduct(MPI_Comm comm, struct effort e, void (*play)(void *, long), void *with) {
  if (e.rounds > 0 && e.warm_up == 0) {
    play(with, e.rounds);
    return e.rounds;
  }
  long batch = 2, plan[2] = {2, 0};
  for (double warm = 0;;) {
    MPI_Bcast(plan, 2, MPI_LONG, 0, comm);
    double began = now();
    play(with, plan[0]);
    if (plan[1]) return plan[0];
    double took = now() - began;
    if (batch > 2) warm += took; /* the first batch opens connections */
    batch *= 2;
    if ((batch == 4 || warm < e.warm_up) && batch <= MAX_ROUNDS) {
      plan[0] = batch;
    } else {
      double want = e.seconds / (took / plan[0] > 1e-9 ? took / plan[0] : 1e-9);
      plan[0] = e.rounds ? e.rounds : want < MIN_ROUNDS ? MIN_ROUNDS : want > MAX_ROUNDS ? MAX_ROUNDS : (long)want;
      plan[1] = 1;
    }
  }
}

/* Memory that has been written to, mapped as internal/mapped does it: from HUGE_BYTES on
 * of huge pages, if the system has them. */
enum { HUGE_BYTES = 8 << 20 };

static void *memory(size_t n) {
  if (!n) return NULL;
  void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) MPI_Abort(MPI_COMM_WORLD, 1);
  if (n >= HUGE_BYTES) madvise(p, n, MADV_HUGEPAGE); /* advice only */
  memset(p, 1, n);
  return p;
}

/* The largest of sizes, numbers with commas between. */
static long largest(const char *sizes) {
  long most = 0;
  for (const char *s = sizes; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL)
    if (atol(s) > most) most = atol(s);
  return most;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Median, least and 99th percentile of n seconds, over unit. */
struct row { double median, least, p99; };

static struct row row_of(double *took, long n, double unit) {
  qsort(took, n, sizeof *took, by_value);
  struct row r = {took[n / 2] / unit, took[0] / unit, took[(99 * n + 99) / 100 - 1] / unit};
  return r;
}
