package doctor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// JSON writes r as one object.
func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r.whole())
}

// whole is r with empty lists for those that are nil: JSON has no third state.
func (r *Report) whole() *Report {
	c := *r
	c.Launcher.Because, c.Launcher.Unused = list(c.Launcher.Because), list(c.Launcher.Unused)
	c.Programs, c.Pairs, c.Findings = list(c.Programs), list(c.Pairs), list(c.Findings)
	c.Ranks = slices.Clone(list(c.Ranks))
	for i := range c.Ranks {
		k := &c.Ranks[i]
		k.Addresses, k.CPUs.Allowed = list(k.Addresses), list(k.CPUs.Allowed)
	}
	for i := range c.Findings {
		c.Findings[i].Ranks = list(c.Findings[i].Ranks)
	}
	return &c
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

const (
	columns = 80
	label   = 13
)

// Text writes r for people, in 80 columns where no single word is longer.
func Text(w io.Writer, r *Report) error {
	b := &strings.Builder{}
	nodes := byNode(r.Ranks)
	state := "nothing here will break a run"
	if !r.Healthy {
		state = "a run will break; see Findings"
	}
	fmt.Fprintf(b, "%d rank(s) seen on %d node(s): %s\n\n", len(r.Ranks), len(nodes), state)

	about(b, "Started by", r.Launcher.Name)
	about(b, "  because", variables(r.Launcher.Because))
	about(b, "  not used", variables(r.Launcher.Unused))
	about(b, "Ranks meet", strings.TrimSuffix(r.Launcher.Bootstrap+": "+r.Launcher.Means, ": "))
	if len(r.Ranks) > 0 {
		first := r.Ranks[0]
		about(b, "Program", fmt.Sprintf("build %s, %s, kernel %s", first.Build, first.Go, first.Kernel))
	}
	for i, p := range r.Programs {
		name := ""
		if i == 0 {
			name = "Installed"
		}
		about(b, name, fmt.Sprintf("%s: %s (%s)", p.Name, cmp.Or(p.Version, "version unknown"), p.Path))
	}

	rows := [][]string{{"ranks", "host", "CPUs", "threads", "open files", "needed", "processes"}}
	for _, g := range group(nodes) {
		k := g.first
		rows = append(rows, []string{g.ranks, k.Host, cmp.Or(List(k.CPUs.Allowed), "unknown"), fmt.Sprint(k.CPUs.Threads),
			limits(k.Limits.OpenFiles, amount), fmt.Sprint(k.Limits.FilesNeeded), limits(k.Limits.Processes, amount)})
	}
	table(b, "Ranks (limits as soft/hard)", rows)

	rows = [][]string{{"host", "ranks", "memory left", "of", "/dev/shm left", "of", "memfd", "locked"}}
	for _, node := range nodes {
		k := node[0]
		memfd := k.Shared.Memfd
		if memfd != "ok" {
			memfd = "no"
		}
		rows = append(rows, []string{k.Host, List(numbers(node)), bytes(k.Memory.Available), bytes(k.Memory.Total),
			bytes(k.Shared.DevShmFree), bytes(k.Shared.DevShmSize), memfd, limits(k.Limits.LockedMemory, bytes)})
	}
	table(b, "Nodes", rows)

	if len(r.Ranks) > 0 {
		b.WriteString("\nAddresses, in the order in which others try them\n")
		for _, node := range nodes {
			for _, k := range node[:min(len(node), 2)] {
				wrap(b, fmt.Sprintf("  rank %d", k.Rank), cmp.Or(strings.Join(k.Addresses, ", "), "none"), label)
			}
			if more := len(node) - 2; more > 0 {
				fmt.Fprintf(b, "  ... and %d more rank(s) of %s: see --json\n", more, node[0].Host)
			}
		}
	}
	matrix(b, r)

	if len(r.Findings) > 0 {
		b.WriteString("\nFindings\n")
	}
	for _, f := range r.Findings {
		text := f.What
		if len(f.Ranks) > 0 {
			text = "rank(s) " + List(f.Ranks) + ": " + text
		}
		wrap(b, "  "+f.Severity, text, label)
		wrap(b, "    to do", f.Do, label)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func variables(list []Variable) string {
	var words []string
	for _, v := range list {
		words = append(words, v.Name+"="+v.Value)
	}
	return strings.Join(words, ", ")
}

func limits(l Limit, show func(int64) string) string {
	if l.Soft == l.Hard {
		return show(l.Soft)
	}
	return show(l.Soft) + "/" + show(l.Hard)
}

// about writes a paragraph, unless there is nothing to say.
func about(b *strings.Builder, name, text string) {
	if text != "" {
		wrap(b, name, text, label)
	}
}

// wrap writes name and, from column indent on, text in lines.
func wrap(b *strings.Builder, name, text string, indent int) {
	line := fmt.Sprintf("%-*s", indent, name)
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && len(line)+1+len(word) > columns {
			b.WriteString(line + "\n")
			line, empty = strings.Repeat(" ", indent), true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// table writes rows, of which the first is the heading, in columns as wide as
// their longest cell.
func table(b *strings.Builder, title string, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	for _, row := range rows {
		line := " "
		for i, cell := range row {
			line += fmt.Sprintf(" %-*s", width[i], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// alike are ranks of a node that differ in nothing that the table shows.
type alike struct {
	first *Rank
	ranks string
}

func group(nodes [][]*Rank) (all []alike) {
	for _, node := range nodes {
		var kinds [][]*Rank
		for _, k := range node {
			i := slices.IndexFunc(kinds, func(o []*Rank) bool {
				return slices.Equal(o[0].CPUs.Allowed, k.CPUs.Allowed) && o[0].CPUs.Threads == k.CPUs.Threads && o[0].Limits == k.Limits
			})
			if i < 0 {
				kinds = append(kinds, []*Rank{k})
			} else {
				kinds[i] = append(kinds[i], k)
			}
		}
		for _, kind := range kinds {
			all = append(all, alike{kind[0], List(numbers(kind))})
		}
	}
	return all
}

// matrix writes the latencies between the ranks that tried each other.
func matrix(b *strings.Builder, r *Report) {
	if len(r.Pairs) == 0 {
		return
	}
	var ranks []int
	cells := map[[2]int]string{}
	for _, p := range r.Pairs {
		ranks = append(ranks, p.From, p.To)
		switch {
		case p.Address == "":
			cells[[2]int{p.From, p.To}] = "LOST"
		case p.Latency == 0:
			cells[[2]int{p.From, p.To}] = "ok"
		default:
			cells[[2]int{p.From, p.To}] = latency(p.Latency)
		}
	}
	slices.Sort(ranks)
	ranks = slices.Compact(ranks)
	sampled := ""
	if len(ranks) < len(r.Ranks) {
		sampled = fmt.Sprintf(", %d of %d ranks", len(ranks), len(r.Ranks))
	}
	fmt.Fprintf(b, "\nHalf round trips in microseconds, from row to column%s\n%6s", sampled, "")
	for _, to := range ranks {
		fmt.Fprintf(b, " %4d", to)
	}
	for _, from := range ranks {
		fmt.Fprintf(b, "\n%6d", from)
		for _, to := range ranks {
			fmt.Fprintf(b, " %4s", cmp.Or(cells[[2]int{from, to}], "-"))
		}
	}
	b.WriteString("\n")
}

// latency is microseconds in at most 4 characters.
func latency(us float64) string {
	switch {
	case us < 99.95:
		return fmt.Sprintf("%.1f", us)
	case us < 9999.5:
		return fmt.Sprintf("%.0f", us)
	case us < 999.5e3:
		return fmt.Sprintf("%.0fk", us/1e3)
	}
	return fmt.Sprintf("%.0fM", us/1e6)
}
