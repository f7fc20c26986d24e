package realtest

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestNamespace(t *testing.T) {
	mark := "NUMCOMP_TEST_MARK=namespace-" + strconv.Itoa(os.Getpid())
	dir := t.TempDir()
	NeedRoot(t, "namespaces")
	n, err := NewNamespace("elsewhere", "touch "+dir+"/setup", "touch "+dir+"/cleanup")
	if err != nil {
		t.Fatal(err)
	}
	r := OK(t, Cmd{In: n, Args: []string{"sh", "-c", "hostname; echo $$; ls /sys/class/net >/dev/null; ip -o link | wc -l; pwd"}})
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(r.Stdout)
	if len(f) != 4 || f[0] != "elsewhere" || f[2] != "1" || f[3] != here {
		t.Errorf("in the namespace: %q, want its name, a pid, one link and %s", r.Stdout, here)
	}
	if pid, err := strconv.Atoi(f[1]); err != nil || pid > 1000 {
		t.Errorf("pid %s is not one of a namespace with few processes", f[1])
	}
	if _, err := os.Stat(dir + "/setup"); err != nil {
		t.Error(err)
	}

	// What goes to the background and leaves its group ends with the namespace.
	OK(t, Cmd{In: n, Env: []string{mark}, Args: []string{"sh", "-c", "setsid sleep 1000 </dev/null >/dev/null 2>&1 &"}})
	if len(Survivors(t, mark)) != 1 {
		t.Fatalf("survivors %v, want one sleep", Survivors(t, mark))
	}
	p := Start(t, Cmd{In: n, Env: []string{mark}, Args: []string{"sleep", "1000"}})
	closed := make(chan error)
	go func() { closed <- n.Close() }()
	if r := p.Wait(t); r.Status != -1 {
		t.Errorf("sleep ended with status %d, want by a signal", r.Status)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if left := Survivors(t, mark); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := os.Stat(dir + "/cleanup"); err != nil {
		t.Error(err)
	}
}

// TestNamespaceEndsWithItsMaker: no clean-up of this process's is needed.
func TestNamespaceEndsWithItsMaker(t *testing.T) {
	NeedRoot(t, "namespaces")
	n, err := NewNamespace("elsewhere", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(n.PID(), 0); err != nil {
		t.Fatal(err)
	}
	n.hold.Close() // what the kernel does at the end of a process
	done := make(chan error, 1)
	go func() { done <- n.keeper.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the first process outlives its maker")
	}
}
