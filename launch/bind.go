package launch

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"numcomp/internal/words"
)

// Bind is which of a host's CPUs each of its ranks may run on. All CPUs here are
// those that the ranks' agent may use itself.
type Bind int

const (
	// BindNone leaves all CPUs to all ranks.
	BindNone Bind = iota
	// BindCore gives each rank one core, with all of its hardware threads; more
	// ranks than cores share them in turn.
	BindCore
	// BindCompact divides the cores evenly, in their order: ranks that follow one
	// another are close to one another.
	BindCompact
	// BindSpread divides them as evenly, and puts ranks that follow one another
	// on different packages (sockets), where there are several.
	BindSpread
)

var bindNames = [...]string{"none", "core", "compact", "spread"}

func (b Bind) String() string {
	if b >= 0 && int(b) < len(bindNames) {
		return bindNames[b]
	}
	return fmt.Sprintf("Bind(%d)", int(b))
}

// Bindings are the names that ParseBind takes.
func Bindings() []string { return slices.Clone(bindNames[:]) }

// ParseBind reads one of Bindings.
func ParseBind(s string) (Bind, error) {
	if i := slices.Index(bindNames[:], s); i >= 0 {
		return Bind(i), nil
	}
	return 0, fmt.Errorf("launch: ranks cannot be bound to %.32q: %s", s, strings.Join(bindNames[:], ", "))
}

// cpu is a hardware thread, and where it is.
type cpu struct{ id, pkg, core int }

// share gives each of n ranks its CPUs, ascending; nil is all. Cores are never
// divided while there is one for every rank, nor CPUs ever: beyond those, ranks
// take turns.
func (b Bind) share(cpus []cpu, n int) [][]int {
	if b == BindNone || len(cpus) == 0 || n == 0 {
		return nil
	}
	cpus = slices.Clone(cpus)
	slices.SortFunc(cpus, func(x, y cpu) int {
		return cmp.Or(cmp.Compare(x.pkg, y.pkg), cmp.Compare(x.core, y.core), cmp.Compare(x.id, y.id))
	})
	ranks := make([][]int, n)
	if b != BindSpread {
		units := coresOf(cpus)
		if b == BindCompact && n > len(units) {
			units = threadsOf(cpus)
		}
		for i := range ranks {
			ranks[i] = part(units, i, n, b == BindCore)
		}
		return ranks
	}
	var packages [][]cpu
	for i, c := range cpus {
		if i == 0 || c.pkg != cpus[i-1].pkg {
			packages = append(packages, nil)
		}
		last := len(packages) - 1
		packages[last] = append(packages[last], c)
	}
	for i := range ranks {
		p := i % len(packages)
		here := (n - p + len(packages) - 1) / len(packages) // ranks on that package
		units := coresOf(packages[p])
		if here > len(units) {
			units = threadsOf(packages[p])
		}
		ranks[i] = part(units, i/len(packages), here, false)
	}
	return ranks
}

// part is the i-th of n even parts of units, or a single unit.
func part(units [][]int, i, n int, single bool) (ids []int) {
	if single || n > len(units) {
		return units[i%len(units)]
	}
	for _, u := range units[i*len(units)/n : (i+1)*len(units)/n] {
		ids = append(ids, u...)
	}
	slices.Sort(ids)
	return ids
}

// coresOf groups sorted CPUs by core.
func coresOf(cpus []cpu) (units [][]int) {
	for i, c := range cpus {
		if i == 0 || c.core != cpus[i-1].core || c.pkg != cpus[i-1].pkg {
			units = append(units, nil)
		}
		last := len(units) - 1
		units[last] = append(units[last], c.id)
	}
	return units
}

func threadsOf(cpus []cpu) (units [][]int) {
	for _, c := range cpus {
		units = append(units, []int{c.id})
	}
	return units
}

// ownCPUs are the CPUs that this process may use, by its affinity. A machine that
// does not tell its cores has one CPU in each.
func ownCPUs(sysfs string) ([]cpu, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("which CPUs there are: %w", err)
	}
	var cpus []cpu
	for id := 0; len(cpus) < set.Count(); id++ {
		if !set.IsSet(id) {
			continue
		}
		topology := filepath.Join(sysfs, "cpu"+strconv.Itoa(id), "topology")
		c := cpu{id: id, core: id}
		if core, ok := sysNumber(filepath.Join(topology, "core_id")); ok {
			c.core = core
		}
		if pkg, ok := sysNumber(filepath.Join(topology, "physical_package_id")); ok && pkg >= 0 {
			c.pkg = pkg
		}
		cpus = append(cpus, c)
	}
	return cpus, nil
}

const cpuSysfs = "/sys/devices/system/cpu"

func sysNumber(path string) (int, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return n, err == nil
}

// bindThread binds the calling thread, and so what it forks, to CPUs.
func bindThread(ids []int) error {
	var set unix.CPUSet
	for _, id := range ids {
		set.Set(id)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("binding to CPUs %s: %w", words.Spans(ids), err)
	}
	return nil
}
