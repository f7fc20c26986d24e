//go:build mpi

package mpi

/*
#cgo linux,amd64 CFLAGS: -I/usr/lib/x86_64-linux-gnu/openmpi/include
#cgo linux,amd64 LDFLAGS: -L/usr/lib/x86_64-linux-gnu/openmpi/lib
#cgo linux,arm64 CFLAGS: -I/usr/lib/aarch64-linux-gnu/openmpi/include
#cgo linux,arm64 LDFLAGS: -L/usr/lib/aarch64-linux-gnu/openmpi/lib
#cgo CFLAGS: -O2
#cgo LDFLAGS: -lmpi
#cgo noescape nc_send
#cgo nocallback nc_send
#cgo noescape nc_recv
#cgo nocallback nc_recv
#cgo noescape nc_look
#cgo nocallback nc_look
#cgo noescape nc_send_now
#cgo nocallback nc_send_now
#cgo noescape nc_recv_now
#cgo nocallback nc_recv_now
#cgo noescape nc_send_long
#cgo nocallback nc_send_long
#cgo noescape nc_recv_long
#cgo nocallback nc_recv_long
#define _GNU_SOURCE // for cpu_set_t
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <mpi.h>

// One operation under way, as Go and C share it.
typedef struct {
  MPI_Request request;
  long long n; // bytes received, once done
  int done, cancelled;
} nc_op;

// A count of MPI is an int: more bytes are one element of a type made for them.
static int nc_long_type(long long n, MPI_Datatype *type) {
  enum { CHUNK = 1 << 30 };
  MPI_Datatype chunk;
  int e = MPI_Type_contiguous(CHUNK, MPI_BYTE, &chunk);
  if (e) return e;
  int lengths[2] = {(int)(n / CHUNK), (int)(n % CHUNK)};
  MPI_Aint at[2] = {0, (MPI_Aint)(n - n % CHUNK)};
  MPI_Datatype types[2] = {chunk, MPI_BYTE};
  e = MPI_Type_create_struct(2, lengths, at, types, type);
  MPI_Type_free(&chunk);
  return e ? e : MPI_Type_commit(type);
}

static int nc_isend(char *p, long long n, int to, int tag, MPI_Comm comm, nc_op *op) {
  MPI_Datatype type = MPI_BYTE;
  int count = (int)n, e;
  if (n > INT_MAX) {
    if ((e = nc_long_type(n, &type))) return e;
    count = 1;
  }
  e = MPI_Isend(p, count, type, to, tag, comm, &op->request);
  if (n > INT_MAX) MPI_Type_free(&type); // when the message has ended
  return e;
}

// A short message has ended when MPI_Isend returns; to look at once saves a call.
static int nc_send(char *p, long long n, int to, int tag, MPI_Comm comm, nc_op *op) {
  int e = nc_isend(p, n, to, tag, comm, op);
  return e ? e : MPI_Test(&op->request, &op->done, MPI_STATUS_IGNORE);
}

static int nc_recv(char *p, long long n, int from, int tag, MPI_Comm comm, nc_op *op) {
  MPI_Datatype type = MPI_BYTE;
  int count = (int)n, e;
  if (n > INT_MAX) {
    if ((e = nc_long_type(n, &type))) return e;
    count = 1;
  }
  e = MPI_Irecv(p, count, type, from, tag, comm, &op->request);
  if (n > INT_MAX) MPI_Type_free(&type);
  return e;
}

// Looks until the operation has ended, at most times times; between looks it gives
// the CPU away if yield is set.
static int nc_look(nc_op *op, int times, int yield) {
  MPI_Status status;
  int e = 0;
  for (int i = 0; i < times && !op->done && !e; i++) {
    if (yield && i > 0) sched_yield();
    e = MPI_Test(&op->request, &op->done, &status);
  }
  if (e || !op->done) return e;
  int n;
  e = MPI_Get_count(&status, MPI_BYTE, &n);
  op->n = n;
  if (!e && n == MPI_UNDEFINED) {
    MPI_Count bytes;
    e = MPI_Get_elements_x(&status, MPI_BYTE, &bytes);
    op->n = bytes;
  }
  return e ? e : MPI_Test_cancelled(&status, &op->cancelled);
}

// nc_send of n bytes of p, which are copied to envelope with their mark, 0.
static int nc_send_now(char *envelope, const char *p, int n, int to, int tag, MPI_Comm comm, char *op) {
  memcpy(envelope, p, n);
  envelope[n] = 0;
  return nc_send(envelope, n + 1, to, tag, comm, (nc_op *)op);
}

// nc_recv and nc_look. If a message has come whose mark is 0 and that is not longer than
// most, it is copied to p and *n is its length; else *n is -1.
static int nc_recv_now(char *envelope, int room, char *p, int most, int from, int tag, MPI_Comm comm,
                       int times, int yield, int *n, char *op) {
  nc_op *o = (nc_op *)op;
  *n = -1;
  int e = nc_recv(envelope, room, from, tag, comm, o);
  if (!e) e = nc_look(o, times, yield);
  if (e || !o->done || envelope[o->n - 1] != 0 || o->n - 1 > most) return e;
  *n = (int)o->n - 1;
  memcpy(p, envelope, *n);
  return 0;
}

// nc_isend of an envelope with a header and of the bytes that it announces; then looks
// until both have ended, at most times times.
static int nc_send_long(char *envelope, int size, int tag, char *p, long long n, int data_tag, int to, MPI_Comm comm,
                        int times, int yield, char *first, char *data) {
  nc_op *f = (nc_op *)first, *d = (nc_op *)data;
  int e = nc_isend(envelope, size, to, tag, comm, f);
  if (!e) e = nc_isend(p, n, to, data_tag, comm, d);
  for (int i = 0; i < times && !e && !(f->done && d->done); i++) {
    if (yield && i > 0) sched_yield();
    if (!f->done) e = MPI_Test(&f->request, &f->done, MPI_STATUS_IGNORE);
    if (!e && !d->done) e = MPI_Test(&d->request, &d->done, MPI_STATUS_IGNORE);
  }
  return e;
}

// nc_recv of an envelope, and nc_look. If one with a header has come whose message is
// not longer than most, nc_recv of its bytes, and nc_look: *state is 1 then, and 2 if the
// bytes have come but a notice, whose receive other is, has not. top is as in Go's tags.
static int nc_recv_long(char *envelope, int room, int tag, char *p, long long most, int top, int from, MPI_Comm comm,
                        int times, int yield, int *state, char *first, char *data, char *other) {
  nc_op *f = (nc_op *)first, *d = (nc_op *)data, *o = (nc_op *)other;
  int noticed = 1;
  unsigned long long header[3]; // tag, number, length
  int e = nc_recv(envelope, room, from, tag, comm, f);
  if (!e) e = nc_look(f, times, yield);
  if (e || !f->done || f->cancelled || envelope[f->n - 1] != 1) return e;
  memcpy(header, envelope, sizeof header);
  if (header[2] > (unsigned long long)most) return 0;
  *state = 1;
  e = nc_recv(p, (long long)header[2], from, (int)(top + 2 + header[1] % (top - 2)), comm, d);
  if (!e) e = nc_look(d, times, yield);
  if (!e && d->done && o) e = MPI_Request_get_status(o->request, &noticed, MPI_STATUS_IGNORE);
  if (!noticed) *state = 2;
  return e;
}

// The duplicate of the world that carries messages: its errors come back.
static int nc_world(MPI_Comm *comm) {
  int e = MPI_Comm_dup(MPI_COMM_WORLD, comm);
  return e ? e : MPI_Comm_set_errhandler(*comm, MPI_ERRORS_RETURN);
}

static int nc_highest(MPI_Comm comm, int *tag) {
  int *bound, found, e = MPI_Comm_get_attr(comm, MPI_TAG_UB, &bound, &found);
  *tag = !e && found ? *bound : 32767; // the least that the standard allows
  return e;
}

// This node: the world rank of its first rank, how many ranks it has, and how many
// CPUs they may use together, whatever each is bound to.
static int nc_node(int *leader, int *ranks, int *cpus) {
  MPI_Comm node;
  cpu_set_t mine, all;
  int e = MPI_Comm_rank(MPI_COMM_WORLD, leader);
  if (!e) e = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  if (e) return e;
  CPU_ZERO(&mine);
  if (sched_getaffinity(0, sizeof mine, &mine)) CPU_SET(0, &mine); // more CPUs than a set has
  e = MPI_Bcast(leader, 1, MPI_INT, 0, node);
  if (!e) e = MPI_Comm_size(node, ranks);
  if (!e) e = MPI_Allreduce(&mine, &all, sizeof mine, MPI_BYTE, MPI_BOR, node);
  *cpus = e ? 0 : CPU_COUNT(&all);
  MPI_Comm_free(&node);
  return e;
}

static int nc_class(int code) {
  int class = MPI_ERR_UNKNOWN;
  MPI_Error_class(code, &class);
  return class;
}
*/
import "C"

import (
	"fmt"
	"unsafe"

	"numcomp/comm/transport"
)

// op is one MPI operation under way.
type op struct{ c C.nc_op }

// endpoint is the communicator that messages travel in.
type endpoint struct{ comm C.MPI_Comm }

// anySource receives from every rank.
const anySource = int(C.MPI_ANY_SOURCE)

// newEndpoint is collective: it makes the world's endpoint.
func newEndpoint() (e endpoint, err error) {
	err = fault(int(C.nc_world(&e.comm)))
	return e, err
}

// highest is the highest tag that MPI takes.
func (e endpoint) highest() (int, error) {
	var tag C.int
	err := fault(int(C.nc_highest(e.comm, &tag)))
	return int(tag), err
}

// node is what this rank's node is to MPI.
type node struct{ leader, ranks, cpus int }

// thisNode is collective.
func thisNode() (node, error) {
	var leader, ranks, cpus C.int
	err := fault(int(C.nc_node(&leader, &ranks, &cpus)))
	return node{int(leader), int(ranks), int(cpus)}, err
}

// send starts op. p must stay where it is until it has ended.
func (e endpoint) send(o *op, to, tag int, p []byte) error {
	return fault(int(C.nc_send(memory(p), C.longlong(len(p)), C.int(to), C.int(tag), e.comm, &o.c)))
}

// recv starts op. p must stay where it is until it has ended, and have room for the
// message.
func (e endpoint) recv(o *op, from, tag int, p []byte) error {
	return fault(int(C.nc_recv(memory(p), C.longlong(len(p)), C.int(from), C.int(tag), e.comm, &o.c)))
}

// sendNow starts op, the message p in the envelope b, which has room for its mark.
func (e endpoint) sendNow(o *op, to, tag int, b, p []byte) error {
	return fault(int(C.nc_send_now(memory(b), memory(p), C.int(len(p)), C.int(to), C.int(tag), e.comm, o.opaque())))
}

// recvNow starts op, into the envelope b, and looks at it. n is the length of a short
// message that has come and lies in p, or -1.
func (e endpoint) recvNow(o *op, from, tag int, b, p []byte, times int, yield bool) (n int, err error) {
	var got C.int
	err = fault(int(C.nc_recv_now(memory(b), C.int(len(b)), memory(p), C.int(len(p)), C.int(from), C.int(tag), e.comm, C.int(times), truth(yield), &got, o.opaque())))
	return int(got), err
}

// sendLong starts the two operations of a long message p: its header, in the envelope b,
// and its bytes; and looks at them.
func (e endpoint) sendLong(first, data *op, to, tag, dataTag int, b, p []byte, times int, yield bool) error {
	return fault(int(C.nc_send_long(memory(b), C.int(len(b)), C.int(tag), memory(p), C.longlong(len(p)), C.int(dataTag),
		C.int(to), e.comm, C.int(times), truth(yield), first.opaque(), data.opaque())))
}

// arrival is how far a receive of a long message has come.
type arrival int

const (
	awaited arrival = iota // nothing has, or what is no header
	started                // its bytes are on their way
	arrived                // they have come, and no notice after them
)

// recvLong starts first, into the envelope b, and, if a header has come in it, data, its
// bytes; and looks at them. notice is the receive of the next notice; nil: it is not
// looked at.
func (e endpoint) recvLong(first, data *op, from, tag, top int, b, p []byte, times int, yield bool, notice *op) (arrival, error) {
	var state C.int
	var other *C.char
	if notice != nil {
		other = notice.opaque()
	}
	err := fault(int(C.nc_recv_long(memory(b), C.int(len(b)), C.int(tag), memory(p), C.longlong(len(p)), C.int(top),
		C.int(from), e.comm, C.int(times), truth(yield), &state, first.opaque(), data.opaque(), other)))
	return arrival(state), err
}

// truth is C's.
func truth(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// opaque is where o begins. C writes pointers of its own there, which cgo need not
// look for.
func (o *op) opaque() *C.char { return (*C.char)(unsafe.Pointer(&o.c)) }

// memory is where p begins. C's char tells cgo that there are no pointers to look for.
func memory(p []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(p))) }

// look looks at op, which has been started, at most times times. Whoever looks moves
// all other messages of this rank too, unless op has ended.
func (o *op) look(times int, yield bool) error {
	if o.done() {
		return nil
	}
	return fault(int(C.nc_look(&o.c, C.int(times), truth(yield))))
}

// cancel asks MPI to take back a receive; look then says whether it has.
func (o *op) cancel() error { return fault(int(C.MPI_Cancel(&o.c.request))) }

func (o *op) done() bool { return o.c.done != 0 }

// over tells whether MPI has nothing more to do with op: it has ended, with an error
// too, or was never started.
func (o *op) over() bool {
	return o.c.request == nil || o.c.request == C.MPI_Request(C.MPI_REQUEST_NULL)
}

func (o *op) cancelled() bool { return o.c.cancelled != 0 }
func (o *op) n() int          { return int(o.c.n) }

// fault is the error that a return code of MPI means.
func fault(code int) error {
	if code == C.MPI_SUCCESS {
		return nil
	}
	if C.nc_class(C.int(code)) == C.MPI_ERR_TRUNCATE {
		return transport.ErrTruncated
	}
	text := make([]byte, C.MPI_MAX_ERROR_STRING)
	n := C.int(len(text))
	if C.MPI_Error_string(C.int(code), (*C.char)(unsafe.Pointer(&text[0])), &n) != C.MPI_SUCCESS {
		return fmt.Errorf("MPI: error %d", code)
	}
	return fmt.Errorf("MPI: %s", text[:n])
}
