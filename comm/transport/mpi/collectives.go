//go:build mpi

package mpi

/*
#cgo noescape nc_run
#cgo nocallback nc_run
#cgo noescape nc_gather
#cgo nocallback nc_gather
#cgo noescape nc_bcast_by
#cgo nocallback nc_bcast_by
#cgo noescape nc_gather_by
#cgo nocallback nc_gather_by
#include <mpi.h>

// What gompi drops: it ignores return codes, and an error of the world comes here.
static int nc_dropped = MPI_SUCCESS;
static void nc_keep(MPI_Comm *comm, int *code, ...) { __atomic_store_n(&nc_dropped, *code, __ATOMIC_SEQ_CST); }
static int *nc_dropped_at(void) { return &nc_dropped; }
static int nc_keep_errors(void) {
  MPI_Errhandler keep;
  int e = MPI_Comm_create_errhandler(nc_keep, &keep);
  if (!e) e = MPI_Comm_set_errhandler(MPI_COMM_WORLD, keep);
  MPI_Errhandler_free(&keep);
  return e;
}

static int nc_split(MPI_Comm comm, int color, int key, MPI_Comm *part) {
  int e = MPI_Comm_split(comm, color < 0 ? MPI_UNDEFINED : color, key, part);
  if (e || *part == MPI_COMM_NULL) return e;
  return MPI_Comm_set_errhandler(*part, MPI_ERRORS_RETURN);
}

// The numbers are those of the constants in comm/transport/native.go.
static MPI_Datatype nc_type(int element) {
  switch (element) {
  case 1: return MPI_INT8_T;
  case 2: return MPI_INT16_T;
  case 3: return MPI_INT32_T;
  case 4: return MPI_INT64_T;
  case 5: return MPI_UINT8_T;
  case 6: return MPI_UINT16_T;
  case 7: return MPI_UINT32_T;
  case 8: return MPI_UINT64_T;
  case 9: return MPI_FLOAT;
  case 10: return MPI_DOUBLE;
  case 11: return MPI_C_FLOAT_COMPLEX;
  case 12: return MPI_C_DOUBLE_COMPLEX;
  }
  return MPI_DATATYPE_NULL;
}

static MPI_Op nc_operation(int op) {
  switch (op) {
  case 1: return MPI_SUM;
  case 2: return MPI_PROD;
  case 3: return MPI_MIN;
  case 4: return MPI_MAX;
  case 5: return MPI_BAND;
  case 6: return MPI_BOR;
  case 7: return MPI_BXOR;
  }
  return MPI_OP_NULL;
}

// n is the length of a block, in bytes or, of a reduction, elements; to and from are
// the counts and displacements of what this rank gives and gets. In place is passed
// by the ranks alone whose buffers are the same: Open MPI lets every rank choose.
static int nc_run(MPI_Comm comm, int kind, int root, int in_place, char *send, char *recv, int n,
                  int *to, int *to_at, int *from, int *from_at, int element, int op) {
  MPI_Datatype b = MPI_BYTE, type = nc_type(element);
  MPI_Op o = nc_operation(op);
  void *in = in_place ? MPI_IN_PLACE : (void *)send, *out = in_place ? MPI_IN_PLACE : (void *)recv;
  switch (kind) {
  case 1: return MPI_Barrier(comm);
  case 2: return MPI_Bcast(recv, n, b, root, comm);
  case 4: return MPI_Gatherv(in, n, b, recv, from, from_at, b, root, comm);
  case 5: return MPI_Scatter(send, n, b, out, n, b, root, comm);
  case 6: return MPI_Scatterv(send, to, to_at, b, out, n, b, root, comm);
  case 7: return MPI_Allgather(in, n, b, recv, n, b, comm);
  case 8: return MPI_Allgatherv(in, n, b, recv, from, from_at, b, comm);
  case 9: return MPI_Alltoall(send, n, b, recv, n, b, comm);
  case 10: return MPI_Alltoallv(send, to, to_at, b, recv, from, from_at, b, comm);
  case 11: return MPI_Reduce(in, recv, n, type, o, root, comm);
  case 12: return MPI_Allreduce(in, recv, n, type, o, comm);
  case 13: return MPI_Reduce_scatter(send, recv, to, type, o, comm);
  case 14: return MPI_Scan(in, recv, n, type, o, comm);
  case 15: return MPI_Exscan(in, recv, n, type, o, comm);
  }
  return MPI_ERR_ARG;
}

static int nc_gather(MPI_Comm comm, int root, int in_place, char *send, char *recv, int n) {
  return MPI_Gather(in_place ? MPI_IN_PLACE : (void *)send, n, MPI_BYTE, recv, n, MPI_BYTE, root, comm);
}

// MPI_Bcast, by at most most bytes at a time.
static int nc_bcast_by(MPI_Comm comm, int root, char *p, int n, int most) {
  int e = 0;
  for (int from = 0; from < n && !e; from += most)
    e = MPI_Bcast(p + from, n - from < most ? n - from : most, MPI_BYTE, root, comm);
  return e;
}

// nc_gather, by at most most bytes of each rank at a time. size is that of the
// communicator.
static int nc_gather_by(MPI_Comm comm, int size, int root, int in_place, char *send, char *recv, int n, int most) {
  int counts[size], at[size], e = 0;
  for (int from = 0; from < n && !e; from += most) {
    int part = n - from < most ? n - from : most;
    for (int r = 0; r < size; r++) counts[r] = part, at[r] = r * n + from;
    e = MPI_Gatherv(in_place ? MPI_IN_PLACE : (void *)(send + from), part, MPI_BYTE, recv, counts, at, MPI_BYTE, root, comm);
  }
  return e;
}

// Whether all ranks, or the root if there is one, say yes.
static int nc_agree(MPI_Comm comm, int root, int *yes) {
  if (root >= 0) return MPI_Bcast(yes, 1, MPI_INT, root, comm);
  return MPI_Allreduce(MPI_IN_PLACE, yes, 1, MPI_INT, MPI_LAND, comm);
}

// Whether all ranks say yes and have the same leader.
static int nc_together(MPI_Comm comm, int leader, int *yes) {
  int all[] = {leader, -leader, !*yes};
  int e = MPI_Allreduce(MPI_IN_PLACE, all, 3, MPI_INT, MPI_MAX, comm);
  *yes = all[0] == -all[1] && !all[2];
  return e;
}
*/
import "C"

import (
	"sync/atomic"
	"unsafe"

	"numcomp/comm/transport"
)

// native is a communicator as the collectives of C take it.
type native struct{ comm C.MPI_Comm }

// worldNative is the world's.
func worldNative() native { return native{C.MPI_Comm(C.MPI_COMM_WORLD)} }

// gompiErrors are the errors of the world that gompi drops: the last one's code,
// C's, which is read without a call of C.
type gompiErrors struct{ last *C.int }

// keepErrors has MPI keep them.
func keepErrors() (gompiErrors, error) {
	return gompiErrors{C.nc_dropped_at()}, fault(int(C.nc_keep_errors()))
}

// take is the last error, once.
func (g gompiErrors) take() error {
	code := (*int32)(unsafe.Pointer(g.last))
	if atomic.LoadInt32(code) == C.MPI_SUCCESS {
		return nil
	}
	return fault(int(atomic.SwapInt32(code, C.MPI_SUCCESS)))
}

// split is MPI_Comm_split.
func (c native) split(color, key int) (native, error) {
	var part native
	err := fault(int(C.nc_split(c.comm, C.int(color), C.int(key), &part.comm)))
	return part, err
}

// place is this rank's in c.
func (c native) place() (rank, size int, err error) {
	var r, n C.int
	if err = fault(int(C.MPI_Comm_rank(c.comm, &r))); err == nil {
		err = fault(int(C.MPI_Comm_size(c.comm, &n)))
	}
	return int(r), int(n), err
}

// endpoint makes the messages of an endpoint travel in c.
func (c native) endpoint() endpoint { return endpoint(c) }

// agree tells whether every rank says yes or, with a root of at least 0, the root.
func (c native) agree(root int, yes bool) (bool, error) {
	y := truth(yes)
	err := fault(int(C.nc_agree(c.comm, C.int(root), &y)))
	return y != 0, err
}

// together tells whether every rank says yes and has the same leader.
func (c native) together(leader int, yes bool) (bool, error) {
	y := truth(yes)
	err := fault(int(C.nc_together(c.comm, C.int(leader), &y)))
	return y != 0, err
}

// arguments are those of one call of MPI.
type arguments struct {
	kind       transport.CollectiveKind
	root, n    int
	inPlace    bool
	send, recv []byte
	to, from   spread
	element    transport.Element
	op         transport.Op
}

// spread is counts and displacements as MPI takes them.
type spread struct{ counts, displs []C.int }

// spreadOf makes those of b, in units of unit bytes.
func spreadOf(b transport.Blocks, unit int) spread {
	s := spread{make([]C.int, len(b.Counts)), make([]C.int, len(b.Counts))}
	for r, n := range b.Counts {
		s.counts[r] = C.int(n / unit)
		if b.Displs != nil {
			s.displs[r] = C.int(b.Displs[r] / unit)
		}
	}
	return s
}

// gather is MPI_Gather of blocks as long as send.
func (c native) gather(send, recv []byte, root int, inPlace bool) error {
	code := C.nc_gather(c.comm, C.int(root), truth(inPlace), memory(send), memory(recv), C.int(len(send)))
	if code == C.MPI_SUCCESS {
		return nil
	}
	return fault(int(code))
}

// bcastBy is MPI_Bcast, by at most most bytes at a time.
func (c native) bcastBy(p []byte, root, most int) error {
	return fault(int(C.nc_bcast_by(c.comm, C.int(root), memory(p), C.int(len(p)), C.int(most))))
}

// gatherBy is gather among size ranks, by at most most bytes of each at a time.
func (c native) gatherBy(send, recv []byte, root int, inPlace bool, size, most int) error {
	return fault(int(C.nc_gather_by(c.comm, C.int(size), C.int(root), truth(inPlace), memory(send), memory(recv), C.int(len(send)), C.int(most))))
}

func (c native) run(a *arguments) error {
	at := func(s []C.int) *C.int { return unsafe.SliceData(s) }
	return fault(int(C.nc_run(c.comm, C.int(a.kind), C.int(a.root), truth(a.inPlace),
		memory(a.send), memory(a.recv), C.int(a.n),
		at(a.to.counts), at(a.to.displs), at(a.from.counts), at(a.from.displs), C.int(a.element), C.int(a.op))))
}
