package emulator

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

// programs are the tests that the machine runs: by package, what of them, and those
// that must have passed.
var programs = []struct {
	pkg       string
	run, pass []string
}{
	{"kernels/simd", []string{".*/AVX512"}, []string{"TestConv2D/AVX512/float64", "TestConv2D/AVX512/float32"}},
	{
		"kernels",
		// Not TestExpULP: what math/big computes in Bochs 2.7 is wrong.
		[]string{"TestVariants/.*/avx512/.*/(Values|Fences|Concurrent)", "TestScipy/.*/avx512", "TestExpBits|FuzzConv2d$|FuzzExp"},
		[]string{
			"TestVariants/conv2d/avx512/float64/Values", "TestVariants/conv2d/avx512/float32/Values",
			"TestVariants/conv2d/avx512/float64/Fences", "TestVariants/conv2d/avx512/float32/Fences",
			"TestVariants/exp/avx512/float64/Values", "TestVariants/exp/avx512/float32/Values",
			"TestVariants/exp/avx512/float64/Fences", "TestVariants/exp/avx512/float32/Fences",
			"TestScipy/conv2d.npz/avx512", "TestScipy/more.npz/avx512", "TestExpBits", "FuzzConv2d", "FuzzExp",
		},
	},
}

// TestAVX512 boots a machine with AVX-512 whose programs are the kernels' tests.
// Tests of a variant are skipped where a processor does not run it: that they passed
// is what counts, not that none failed.
func TestAVX512(t *testing.T) {
	need(t)
	m := &machine{dir: t.TempDir(), model: "corei7_skylake_x", files: new(bytes.Buffer)}
	fill(t, m.files)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	out, err := m.run(ctx)
	if err != nil {
		t.Errorf("%v", err)
	}
	wants := []string{"guest: AVX512F true", "guest: done"}
	for _, p := range programs {
		for _, test := range p.pass {
			wants = append(wants, "--- PASS: "+test+" (")
		}
	}
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("the machine did not say %q", want)
		}
	}
	if t.Failed() {
		t.Logf("what the machine said:\n%s", out)
	}
}

func need(t *testing.T) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the kernel that the emulated machine boots is one of Debian's packages for amd64")
	}
	realtest.Need(t, "bochs", "bochs")
	realtest.Need(t, "xorriso", "xorriso")
	for _, f := range [][2]string{
		{"/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so", "bochs-term"}, {bios, "bochsbios"}, {videoBIOS, "vgabios"},
		{isolinux, "isolinux"}, {ldlinux, "syslinux-common"}, {kernelPath, "linux-image-cloud-amd64, put there by make deps"},
	} {
		if _, err := os.Stat(f[0]); err != nil {
			realtest.Without(t, "%v (Debian package %s)", err, f[1])
		}
	}
}

// fill writes the machine's files: its first program, the tests, and what they read.
func fill(t *testing.T, to *bytes.Buffer) {
	t.Helper()
	f := &initramfs{w: to}
	for _, name := range []string{"dev", "proc", "tmp"} {
		f.folder(name)
	}
	f.device("dev/console", 5, 1)
	f.device("dev/null", 1, 3)
	f.device("dev/ttyS0", 4, 64)
	f.file("init", build(t, "build", "numcomp/internal/real/emulator/guest"))
	list := ""
	for _, p := range programs {
		dir := strings.ReplaceAll(p.pkg, "/", "-")
		f.folder(dir)
		f.file(dir+"/test", build(t, "test", "-c", "numcomp/"+p.pkg))
		for _, run := range p.run {
			list += "/" + dir + "/test -test.v -test.short -test.run=" + run + "\n"
		}
		data, err := filepath.Glob("../../../" + p.pkg + "/testdata/*.*")
		if err != nil {
			t.Fatal(err)
		}
		f.folder(dir + "/testdata")
		for _, path := range data {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f.file(dir+"/testdata/"+filepath.Base(path), raw)
		}
	}
	f.file("programs", []byte(list))
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
}

// build is the static program that go makes by a command, of a package.
func build(t *testing.T, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	pkg := args[len(args)-1]
	c := exec.Command("go", append(args[:len(args)-1:len(args)-1], "-trimpath", "-ldflags=-s -w", "-o", path, pkg)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64", "GOOS=linux")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go: %v\n%s", err, out)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return program
}
