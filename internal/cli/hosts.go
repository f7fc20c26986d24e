package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"numcomp/hostfile"
	"numcomp/internal/words"
	"numcomp/launch"
)

const hostsUsage = `  numcomp hosts [--hostfile F | --machinefile F | --nodelist L | --host a:2,b]
                [-n N] [-N PER-NODE] [--map-by slot|node] [--json]`

const hostsExamples = `Without a list, the hosts are those that Slurm, PBS, LSF, Grid Engine or Flux
tells in the environment, else this machine. Nothing is started, and no name is
looked up.`

// hostsCommand shows how a list of hosts is understood and where ranks would go.
func (p *process) hostsCommand() *cli.Command {
	var flags hostFlags
	var n, perNode int
	var asJSON bool
	const group = "Hosts"
	return command(&cli.Command{
		Name:        "hosts",
		Usage:       "Show how a list of hosts is understood, and where ranks would go.",
		UsageText:   hostsUsage,
		Description: hostsExamples,
		Flags: []cli.Flag{
			flags.hostfileOption(group), flags.machinefileOption(group), flags.nodeListOption(group), flags.hostOption(group),
			&option{name: "n", aliases: []string{"np"}, group: groupRanks, arg: "N", def: "all slots", usage: "ranks to place",
				set: intValue(&n, 1, "a number of ranks")},
			&option{name: "N", group: groupRanks, arg: "PER-NODE", usage: "ranks that a node takes at most",
				set: intValue(&perNode, 1, "a number of ranks")},
			flags.mapByOption(groupRanks),
			&option{name: "json", group: groupOther, usage: "write JSON, for programs", set: toggle(&asJSON)},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			list, err := p.hostsOf(&flags)
			if err != nil {
				return advise(c, err)
			}
			inStep := list.step && n == 0 && perNode == 0 && !flags.byMap.IsSet()
			ranks, about, err := p.ranksOf(list, n, perNode, inStep)
			if err != nil {
				return advise(c, usagef("%w", err))
			}
			if asJSON {
				return hostsJSON(c.App.Writer, list.hosts, ranks)
			}
			w := bufio.NewWriter(c.App.Writer)
			hostsText(w, list, ranks)
			hostsSummary(w, list, ranks, about)
			return w.Flush()
		},
	})
}

// ranksOf is the ranks of each entry of list, and what to say of them. In a step they
// stand where Slurm put them; else, where they would be placed.
func (p *process) ranksOf(list hostList, n, perNode int, inStep bool) (ranks [][]int, about string, err error) {
	if inStep {
		ranks, distribution := launch.StepRanks(p.env, list.hosts)
		if ranks == nil {
			return make([][]int, len(list.hosts)), fmt.Sprintf("Which ranks stand where, Slurm's distribution %q does not tell.", distribution), nil
		}
		return ranks, fmt.Sprintf("%s, by Slurm's distribution: %s.", words.Count(count(ranks), "rank"), distribution), nil
	}
	ranks, known, err := launch.Foresee(list.hosts, n, perNode, list.by)
	if err != nil {
		return nil, "", err
	}
	switch {
	case known && list.by == launch.ByEntry:
		about = fmt.Sprintf("%s, in the order of the lines.", words.Count(count(ranks), "rank"))
	case known:
		about = fmt.Sprintf("%s, by %v.", words.Count(count(ranks), "rank"), list.by)
	case n > 0:
		about = fmt.Sprintf("%s, by %v. Where no ranks stand, they depend on the CPUs of hosts marked ?.", words.Count(n, "rank"), list.by)
	default:
		about = fmt.Sprintf("By %v, as many ranks as slots. Where none stand, they depend on the CPUs of hosts marked ?.", list.by)
	}
	return ranks, about, nil
}

func count(ranks [][]int) int {
	n := 0
	for _, r := range ranks {
		n += len(r)
	}
	return n
}

// hostsOf is the list that flags name, else the allocation's, else this machine.
func (p *process) hostsOf(flags *hostFlags) (hostList, error) {
	list, err := flags.read(p.env)
	if err == nil && list.hosts == nil {
		list, err = p.allocated(list)
	}
	if err != nil || list.hosts != nil {
		return list, err
	}
	if inFlux(p.env) {
		fmt.Fprintln(p.stderr, `numcomp: Flux tells no hosts here: give --nodelist "$(flux getattr hostlist)"`)
	}
	list.hosts, list.from = []hostfile.Host{{Name: "localhost", Slots: launch.CPUs()}}, "this machine"
	return list, nil
}

const (
	hostWidth  = 40 // of the column of names, at most; longer ones have a line of their own
	slotsWidth = 5
)

// hostsText is the table: a line for each entry, more where its ranks need them.
func hostsText(w io.Writer, list hostList, ranks [][]int) {
	width := len("host")
	for _, h := range list.hosts {
		if n := len(h.Name); n <= hostWidth {
			width = max(width, n)
		}
	}
	fmt.Fprintf(w, "%-*s  %*s  %s\n", width, "host", slotsWidth, "slots", "ranks")
	indent := strings.Repeat(" ", width+2+slotsWidth+2)
	for i, h := range list.hosts {
		slots, name := "?", h.Name
		if h.Slots > 0 {
			slots = strconv.Itoa(h.Slots)
		}
		if len(name) > width {
			fmt.Fprintln(w, name)
			name = ""
		}
		lines := wrapRanks(ranks[i], helpWidth-len(indent))
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-*s  %*s  %s", width, name, slotsWidth, slots, lines[0]), " "))
		for _, line := range lines[1:] {
			fmt.Fprintln(w, indent+line)
		}
		if about := aboutHost(h); about != "" {
			fmt.Fprintln(w, "  "+about)
		}
	}
}

// aboutHost is what a list says of a host besides name and slots.
func aboutHost(h hostfile.Host) string {
	var about []string
	if h.MaxSlots > 0 {
		about = append(about, fmt.Sprintf("at most %d ranks", h.MaxSlots))
	}
	if h.User != "" {
		about = append(about, "user "+h.User)
	}
	if h.Port > 0 {
		about = append(about, fmt.Sprintf("port %d", h.Port))
	}
	if h.Binding != "" {
		about = append(about, "binding "+h.Binding)
	}
	return strings.Join(about, ", ")
}

// wrapRanks folds ascending ranks into ranges, in lines of at most width. There is
// at least one line.
func wrapRanks(ranks []int, width int) []string {
	line := ""
	var lines []string
	for i := 0; i < len(ranks); {
		j := i + 1
		for j < len(ranks) && ranks[j] == ranks[j-1]+1 {
			j++
		}
		word := strconv.Itoa(ranks[i])
		if j > i+1 {
			word += "-" + strconv.Itoa(ranks[j-1])
		}
		if i = j; i < len(ranks) {
			word += ","
		}
		if line != "" && len(line)+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line += word
	}
	return append(lines, line)
}

// hostsSummary says what the table means; about, what is to be said of its ranks.
func hostsSummary(w io.Writer, list hostList, ranks [][]int, about string) {
	type of struct{ slots, ranks int }
	hosts := map[string]of{}
	var order []string
	unknown := false
	for i, h := range list.hosts {
		x, seen := hosts[h.Name]
		if !seen {
			order = append(order, h.Name)
		}
		hosts[h.Name] = of{x.slots + h.Slots, x.ranks + len(ranks[i])}
		unknown = unknown || h.Slots == 0
	}
	fmt.Fprintln(w)
	say := func(format string, args ...any) { fmt.Fprintln(w, wrapText(fmt.Sprintf(format, args...))) }
	say("%s from %s.", words.Count(len(order), "host"), list.from)
	say("%s", about)
	if unknown {
		say("?: as many slots as CPUs, which the host's agent reports.")
	}
	over, first := 0, ""
	for _, name := range order {
		if x := hosts[name]; x.slots > 0 && x.ranks > x.slots {
			if over++; over == 1 {
				first = fmt.Sprintf("%s has %s for %s", name, words.Count(x.ranks, "rank"), words.Count(x.slots, "slot"))
			}
		}
	}
	switch {
	case over == 1:
		say("Oversubscribed: %s.", first)
	case over > 1:
		say("Oversubscribed: %s hosts; %s.", strconv.Itoa(over), first)
	}
}

// wrapText breaks a sentence into lines of at most helpWidth, where it has blanks.
func wrapText(text string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		if i > 0 && column+1+len(word) > helpWidth {
			b.WriteByte('\n')
			column = 0
		} else if i > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// hostJSON is one entry in the JSON list. Part of the documented schema.
type hostJSON struct {
	Name  string `json:"name"`
	Slots *int   `json:"slots"` // null: as many as CPUs, which only the agent can tell
	Ranks []int  `json:"ranks"` // none, too, where they depend on those CPUs
}

func hostsJSON(w io.Writer, hosts []hostfile.Host, ranks [][]int) error {
	list := struct {
		Hosts []hostJSON `json:"hosts"`
	}{make([]hostJSON, len(hosts))}
	for i, h := range hosts {
		row := hostJSON{Name: h.Name, Ranks: append([]int{}, ranks[i]...)}
		if h.Slots > 0 {
			row.Slots = &h.Slots
		}
		list.Hosts[i] = row
	}
	b := bufio.NewWriter(w)
	if err := json.NewEncoder(b).Encode(list); err != nil {
		return err
	}
	return b.Flush()
}

// allocated completes list with the hosts that a scheduler has granted, if it has.
func (p *process) allocated(list hostList) (hostList, error) {
	var err error
	list.hosts, list.from, err = launch.AllocatedHosts(p.env, readText)
	list.step = list.from == launch.StepHosts
	if err != nil {
		return list, usagef("%w", err).withHint("name the hosts with --hostfile, --machinefile, --nodelist or --host instead")
	}
	return list, nil
}
