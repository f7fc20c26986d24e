/* Messages between rank 0 and rank 1: the same loops as internal/bench's PingPong
 * and Bandwidth, for MPI.
 *   mpicc -O2 -o messages messages.c
 *   mpirun -np 2 ./messages pingpong|bandwidth 8,65536 [SECONDS [ROUNDS [WARM-UP]]]
 * Prints the columns that numcomp bench does. */
#include "measure.h"

enum { TAG = 1, WINDOW_MESSAGES = 64, WINDOW_BYTES = 32 << 20 };

struct pair {
  MPI_Comm comm;
  int rank, n, window;
  char *buf;
  double *took;
  MPI_Request *reqs;
  MPI_Status *statuses;
};

static void pingpong(void *with, long rounds) {
  struct pair *p = with;
  p->took = realloc(p->took, rounds * sizeof *p->took);
  double last = now();
  for (long i = 0; i < rounds; i++) {
    if (p->rank == 0) {
      MPI_Send(p->buf, p->n, MPI_BYTE, 1, TAG, p->comm);
      MPI_Recv(p->buf, p->n, MPI_BYTE, 1, TAG, p->comm, MPI_STATUS_IGNORE);
    } else {
      MPI_Recv(p->buf, p->n, MPI_BYTE, 0, TAG, p->comm, MPI_STATUS_IGNORE);
      MPI_Send(p->buf, p->n, MPI_BYTE, 0, TAG, p->comm);
    }
    double t = now();
    p->took[i] = t - last;
    last = t;
  }
}

static void bandwidth(void *with, long rounds) {
  struct pair *p = with;
  char answer[4] = {0};
  p->took = realloc(p->took, rounds * sizeof *p->took);
  double last = now();
  for (long i = 0; i < rounds; i++) {
    for (int k = 0; k < p->window; k++) {
      char *at = p->buf + (size_t)k * p->n;
      if (p->rank == 0)
        MPI_Isend(at, p->n, MPI_BYTE, 1, TAG, p->comm, &p->reqs[k]);
      else
        MPI_Irecv(at, p->n, MPI_BYTE, 0, TAG, p->comm, &p->reqs[k]);
    }
    MPI_Waitall(p->window, p->reqs, p->statuses);
    if (p->rank == 0)
      MPI_Recv(answer, 4, MPI_BYTE, 1, TAG, p->comm, MPI_STATUS_IGNORE);
    else
      MPI_Send(answer, 4, MPI_BYTE, 0, TAG, p->comm);
    double t = now();
    p->took[i] = t - last;
    last = t;
  }
}

int main(int argc, char **argv) {
  int rank, size;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  int stream = argc > 1 && !strcmp(argv[1], "bandwidth");
  if (argc < 3 || size < 2 || !(stream || !strcmp(argv[1], "pingpong"))) {
    fprintf(stderr, "usage: messages pingpong|bandwidth SIZES [SECONDS [ROUNDS [WARM-UP]]], on 2 ranks or more\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  struct effort e = effort_of(argc, argv, 3);
  struct pair p = {.rank = rank};
  MPI_Comm_split(MPI_COMM_WORLD, rank < 2 ? 0 : MPI_UNDEFINED, 0, &p.comm);
  if (rank == 0 && stream) printf("%12s  %16s  %12s  %12s  %12s  %12s  %12s\n", "Size [B]", "Bandwidth [MB/s]", "Messages/s", "Latency [us]", "Min [us]", "P99 [us]", "Rounds");
  if (rank == 0 && !stream) printf("%12s  %12s  %12s  %12s  %16s  %12s\n", "Size [B]", "Latency [us]", "Min [us]", "P99 [us]", "Bandwidth [MB/s]", "Rounds");
  for (char *s = strtok(argv[2], ","); s && rank < 2; s = strtok(NULL, ",")) {
    p.n = atoi(s);
    p.window = 1;
    if (stream) {
      p.window = p.n > 0 && WINDOW_BYTES / p.n < WINDOW_MESSAGES ? WINDOW_BYTES / p.n : WINDOW_MESSAGES;
      if (p.window < 2) p.window = 2;
    }
    p.buf = memory((size_t)p.n * p.window);
    p.reqs = malloc(p.window * sizeof *p.reqs);
    p.statuses = malloc(p.window * sizeof *p.statuses);
    long rounds = conduct(p.comm, e, stream ? bandwidth : pingpong, &p);
    struct row r = row_of(p.took, rounds, stream ? p.window : 2);
    if (rank == 0 && stream)
      printf("%12d  %16.2f  %12.0f  %12.2f  %12.2f  %12.2f  %12ld\n", p.n, p.n / r.median / 1e6, 1 / r.median, r.median * 1e6, r.least * 1e6, r.p99 * 1e6, rounds);
    if (rank == 0 && !stream)
      printf("%12d  %12.2f  %12.2f  %12.2f  %16.2f  %12ld\n", p.n, r.median * 1e6, r.least * 1e6, r.p99 * 1e6, p.n / r.median / 1e6, rounds);
    fflush(stdout);
    munmap(p.buf, (size_t)p.n * p.window);
    free(p.reqs);
    free(p.statuses);
  }
  free(p.took);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
