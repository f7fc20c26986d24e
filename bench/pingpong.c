/* Half round trip between rank 0 and rank 1, the same loop as internal/bench's
 * PingPong, for MPI.
 *   mpicc -O2 -o pingpong pingpong.c
 *   mpirun -np 2 ./pingpong 8,65536,8388608 [SECONDS a size]
 * Prints, as numcomp does: size in bytes, median half round trip in
 * microseconds, bandwidth of one direction in MB/s (10^6 bytes a second). */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PING = 1, PLAN = 2, MIN_ROUNDS = 10, MAX_ROUNDS = 200000 };

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Announces the rounds, plays them and notes the time of each. */
static double ping_rounds(char *buf, int n, long rounds, double *trips) {
  MPI_Send(&rounds, 1, MPI_LONG, 1, PLAN, MPI_COMM_WORLD);
  double start = MPI_Wtime(), last = start;
  for (long i = 0; i < rounds; i++) {
    MPI_Send(buf, n, MPI_BYTE, 1, PING, MPI_COMM_WORLD);
    MPI_Recv(buf, n, MPI_BYTE, 1, PING, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    double now = MPI_Wtime();
    if (trips) trips[i] = now - last;
    last = now;
  }
  return last - start;
}

static void ping(char *buf, int n, double seconds) {
  const double warm_time = 0.020;
  double warm = 0, pace = 0;
  for (long rounds = 2; warm < warm_time && rounds <= MAX_ROUNDS; rounds *= 2) {
    double took = ping_rounds(buf, n, rounds, NULL);
    warm += took;
    pace = took / rounds;
  }
  double want = seconds / (pace > 1e-9 ? pace : 1e-9);
  long rounds = want < MIN_ROUNDS ? MIN_ROUNDS : want > MAX_ROUNDS ? MAX_ROUNDS : (long)want;
  double *trips = malloc(rounds * sizeof *trips);
  ping_rounds(buf, n, rounds, trips);
  long none = 0;
  MPI_Send(&none, 1, MPI_LONG, 1, PLAN, MPI_COMM_WORLD);
  qsort(trips, rounds, sizeof *trips, by_value);
  double half = trips[rounds / 2] / 2;
  printf("%10d  %12.2f  %12.1f\n", n, half * 1e6, n / half / 1e6);
  fflush(stdout);
  free(trips);
}

/* As many rounds as are announced, until none are. */
static void pong(char *buf, int n) {
  for (;;) {
    long rounds;
    MPI_Recv(&rounds, 1, MPI_LONG, 0, PLAN, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rounds == 0) return;
    for (long i = 0; i < rounds; i++) {
      MPI_Recv(buf, n, MPI_BYTE, 0, PING, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(buf, n, MPI_BYTE, 0, PING, MPI_COMM_WORLD);
    }
  }
}

int main(int argc, char **argv) {
  int rank, size;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size < 2) {
    fprintf(stderr, "pingpong needs 2 ranks\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  char *list = strdup(argc > 1 ? argv[1] : "8,1024,65536,1048576,8388608");
  double seconds = argc > 2 ? atof(argv[2]) : 0.5;
  if (rank == 0) printf("%10s  %12s  %12s\n", "Size [B]", "Latency [us]", "[MB/s]");
  for (char *s = strtok(list, ","); s; s = strtok(NULL, ",")) {
    int n = atoi(s);
    if (n < 0) n = 0;
    char *buf = calloc(n + 1, 1);
    if (rank == 0) ping(buf, n, seconds);
    if (rank == 1) pong(buf, n);
    free(buf);
  }
  free(list);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
