// start: what an MPI program does at the least: start, 20 barriers, stop.
#include <mpi.h>

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  for (int i = 0; i < 20; i++) MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
