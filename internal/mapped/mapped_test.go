package mapped

import (
	"math"
	"os"
	"strings"
	"testing"
	"unsafe"
)

func TestAllocIsZeroAlignedAndWritable(t *testing.T) {
	for _, n := range []int{1, 7, 8, 511, 512, 513, 100_003, 2 << 20} {
		p, free, err := Alloc[float64](n)
		if err != nil {
			t.Fatal(err)
		}
		if len(p) != n || cap(p) != n {
			t.Errorf("n %d: len %d, cap %d", n, len(p), cap(p))
		}
		if a := uintptr(unsafe.Pointer(&p[0])); a%64 != 0 {
			t.Errorf("n %d: address %#x is not at a multiple of 64", n, a)
		}
		for i := range p {
			if p[i] != 0 {
				t.Fatalf("n %d: element %d is %v", n, i, p[i])
			}
			p[i] = float64(i)
		}
		if p[n-1] != float64(n-1) {
			t.Errorf("n %d: last element %v", n, p[n-1])
		}
		free()
		free()
	}
}

func TestMmapIsPageAligned(t *testing.T) {
	for _, nbytes := range []int{1, 4097, hugeBytes + 1} {
		b, free, err := mmap(nbytes)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) != nbytes {
			t.Errorf("len %d, want %d", len(b), nbytes)
		}
		if a := uintptr(unsafe.Pointer(&b[0])); a%uintptr(os.Getpagesize()) != 0 {
			t.Errorf("address %#x is not at a page", a)
		}
		b[0], b[nbytes-1] = 1, 2
		free()
	}
}

func TestFromHeapIsAlignedAndExact(t *testing.T) {
	for nbytes := 1; nbytes < 300; nbytes++ {
		b, _, err := fromHeap(nbytes)
		if err != nil || len(b) != nbytes || cap(b) != nbytes {
			t.Fatalf("%d bytes: len %d, cap %d, error %v", nbytes, len(b), cap(b), err)
		}
		if a := uintptr(unsafe.Pointer(&b[0])); a%64 != 0 {
			t.Fatalf("%d bytes: address %#x", nbytes, a)
		}
	}
}

func TestAllocOfNothing(t *testing.T) {
	p, free, err := Alloc[float32](0)
	if err != nil || len(p) != 0 {
		t.Fatalf("len %d, error %v", len(p), err)
	}
	free()
}

func TestAllocRefusesWhatCannotBe(t *testing.T) {
	for _, n := range []int{-1, math.MinInt, math.MaxInt, math.MaxInt/8 + 1} {
		if _, _, err := Alloc[float64](n); err == nil || !strings.HasPrefix(err.Error(), "mapped: ") {
			t.Errorf("n %d: error %v", n, err)
		}
	}
}

func TestMmapOfMoreThanThereIs(t *testing.T) {
	if unsafe.Sizeof(0) < 8 {
		t.Skip("needs a 64-bit address space")
	}
	big := uint64(1) << 62
	if _, _, err := mmap(int(big)); err == nil {
		t.Error("2^62 bytes were mapped")
	}
}
