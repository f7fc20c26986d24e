package launch

import "testing"

func TestShareOfCPUs(t *testing.T) {
	for _, c := range []struct{ cpus, local, want int }{
		{8, 1, 9}, {8, 3, 3}, {8, 8, 2}, {2, 4, 2}, {2, 8, 2}, {2, 9, 1}, {2, 128, 1}, {1, 0, 2},
	} {
		if got := Share(c.cpus, c.local); got != c.want {
			t.Errorf("%d CPUs, %d ranks: %d, want %d", c.cpus, c.local, got, c.want)
		}
	}
}
