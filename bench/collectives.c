/* Collective operations: the same loops as internal/bench's Collective.Run and
 * Barrier, for MPI.
 *   mpicc -O2 -o collectives collectives.c
 *   mpirun -np 4 ./collectives bcast 8192,8388608 [SECONDS [ROUNDS [WARM-UP]]]
 *   mpirun -np 4 ./collectives barrier 0 [SECONDS [ROUNDS [WARM-UP]]]
 * Prints the columns that numcomp bench does. The time of a round is completion:
 * from the first rank leaving a barrier to the last rank having its data, by one
 * clock, so all ranks must be on one machine; of barriers it is rank 0's, from
 * leaving one to leaving the next. */
#include "measure.h"

struct call {
  const char *name;
  int rank, size, n; /* bytes of a block */
  char *send, *recv;
  double *from, *to; /* when this rank left the barrier, and had its data */
};

/* The blocks that a rank has to send and to receive. */
static int sends(struct call *c) {
  if (!strcmp(c->name, "alltoall")) return c->size;
  if (!strcmp(c->name, "scatter")) return c->rank == 0 ? c->size : 0;
  return strcmp(c->name, "bcast") ? 1 : 0;
}

static int receives(struct call *c) {
  if (!strcmp(c->name, "alltoall") || !strcmp(c->name, "allgather")) return c->size;
  if (!strcmp(c->name, "gather")) return c->rank == 0 ? c->size : 0;
  return 1;
}

static void move(struct call *c) {
  const char *k = c->name;
  if (!strcmp(k, "bcast"))
    MPI_Bcast(c->recv, c->n, MPI_BYTE, 0, MPI_COMM_WORLD);
  else if (!strcmp(k, "gather"))
    MPI_Gather(c->send, c->n, MPI_BYTE, c->recv, c->n, MPI_BYTE, 0, MPI_COMM_WORLD);
  else if (!strcmp(k, "scatter"))
    MPI_Scatter(c->send, c->n, MPI_BYTE, c->recv, c->n, MPI_BYTE, 0, MPI_COMM_WORLD);
  else if (!strcmp(k, "allreduce"))
    MPI_Allreduce(c->send, c->recv, c->n / 8, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  else if (!strcmp(k, "allgather"))
    MPI_Allgather(c->send, c->n, MPI_BYTE, c->recv, c->n, MPI_BYTE, MPI_COMM_WORLD);
  else
    MPI_Alltoall(c->send, c->n, MPI_BYTE, c->recv, c->n, MPI_BYTE, MPI_COMM_WORLD);
}

static void play(void *with, long rounds) {
  struct call *c = with;
  c->from = realloc(c->from, rounds * sizeof *c->from);
  c->to = realloc(c->to, rounds * sizeof *c->to);
  for (long i = 0; i < rounds; i++) {
    MPI_Barrier(MPI_COMM_WORLD);
    c->from[i] = now();
    move(c);
    c->to[i] = now();
  }
}

static void barriers(void *with, long rounds) {
  struct call *c = with;
  c->to = realloc(c->to, rounds * sizeof *c->to);
  double last = now();
  for (long i = 0; i < rounds; i++) {
    MPI_Barrier(MPI_COMM_WORLD);
    double t = now();
    c->to[i] = t - last;
    last = t;
  }
}

static void print(long first, struct row r, long rounds) {
  printf("%12ld  %12.2f  %12.2f  %12.2f  %12ld\n", first, r.median * 1e6, r.least * 1e6, r.p99 * 1e6, rounds);
  fflush(stdout);
}

static void measure(struct call *c, struct effort e) {
  move(c); /* not timed */
  long rounds = conduct(MPI_COMM_WORLD, e, play, c);
  double *first = malloc(rounds * sizeof *first), *last = malloc(rounds * sizeof *last);
  MPI_Reduce(c->from, first, rounds, MPI_DOUBLE, MPI_MIN, 0, MPI_COMM_WORLD);
  MPI_Reduce(c->to, last, rounds, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (c->rank == 0) {
    for (long i = 0; i < rounds; i++) last[i] -= first[i];
    print(c->n, row_of(last, rounds, 1), rounds);
  }
  free(first);
  free(last);
}

int main(int argc, char **argv) {
  static const char *names[] = {"bcast", "gather", "scatter", "allreduce", "allgather", "alltoall", "barrier"};
  struct call c = {0};
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &c.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &c.size);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (argc > 2 && !strcmp(argv[1], names[i])) c.name = names[i];
  if (!c.name) {
    fprintf(stderr, "usage: collectives bcast|gather|scatter|allreduce|allgather|alltoall|barrier SIZES [SECONDS [ROUNDS [WARM-UP]]]\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  struct effort e = effort_of(argc, argv, 3);
  int alone = !strcmp(c.name, "barrier");
  if (c.rank == 0) printf("%12s  %12s  %12s  %12s  %12s\n", alone ? "Ranks" : "Size [B]", "Latency [us]", "Min [us]", "P99 [us]", "Rounds");
  if (alone) {
    long rounds = conduct(MPI_COMM_WORLD, e, barriers, &c);
    struct row r = row_of(c.to, rounds, 1);
    if (c.rank == 0) print(c.size, r, rounds);
  } else {
    long most = largest(argv[2]);
    c.send = memory((size_t)most * sends(&c));
    c.recv = memory((size_t)most * receives(&c));
    for (char *s = strtok(argv[2], ","); s; s = strtok(NULL, ",")) {
      c.n = atoi(s);
      measure(&c, e);
    }
  }
  free(c.from);
  free(c.to);
  MPI_Finalize();
  return 0;
}
